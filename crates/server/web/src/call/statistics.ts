/** What the browser counts of a connection, put into figures that say something to a person. */

/** One stream of sound or pictures, in one direction. */
export interface StreamReading {
  id: string;
  direction: 'sent' | 'received';
  kind: 'audio' | 'video';
  /** The browser's name of the picture's track. */
  track: string | null;
  codec: string;
  kbps: number;
  /** Percent of the packets; null where nobody has reported any. */
  lossPercent: number | null;
  jitterMs: number | null;
  /** Such as `960 × 540, 15/s`. */
  picture: string | null;
}

/** A connection at a moment. */
export interface Reading {
  roundTripMs: number | null;
  sentKbps: number;
  receivedKbps: number;
  streams: StreamReading[];
}

/** The members of the browser's reports that are read here; each report has only some. */
interface Counters {
  id: string;
  type: string;
  timestamp: number;
  kind?: 'audio' | 'video';
  state?: string;
  nominated?: boolean;
  currentRoundTripTime?: number;
  codecId?: string;
  mimeType?: string;
  mediaSourceId?: string;
  trackIdentifier?: string;
  localId?: string;
  fractionLost?: number;
  bytesSent?: number;
  bytesReceived?: number;
  packetsReceived?: number;
  packetsLost?: number;
  jitter?: number;
  rid?: string;
  frameWidth?: number;
  frameHeight?: number;
  framesPerSecond?: number;
}

/** Reads two reports of one connection, between which the rates are measured. */
export function read(now: RTCStatsReport, before: RTCStatsReport): Reading {
  const reports = [...now.values()] as Counters[];
  const earlier = (id: string) => before.get(id) as Counters | undefined;
  const pair = reports.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
  const streams = reports.flatMap((report) => {
    if (report.type === 'outbound-rtp') return [sent(report, earlier(report.id), now, reports)];
    if (report.type === 'inbound-rtp') return [received(report, earlier(report.id), now)];
    return [];
  });
  const alive = streams.filter(({ kbps }) => kbps > 0);
  const total = (direction: StreamReading['direction']) =>
    alive.reduce((sum, stream) => sum + (stream.direction === direction ? stream.kbps : 0), 0);
  return {
    roundTripMs: milliseconds(pair?.currentRoundTripTime),
    sentKbps: total('sent'),
    receivedKbps: total('received'),
    streams: alive,
  };
}

function sent(report: Counters, before: Counters | undefined, all: RTCStatsReport, reports: Counters[]): StreamReading {
  const remote = reports.find(({ type, localId }) => type === 'remote-inbound-rtp' && localId === report.id);
  const source = report.mediaSourceId ? (all.get(report.mediaSourceId) as Counters | undefined) : undefined;
  return {
    ...common(report, all),
    direction: 'sent',
    track: source?.trackIdentifier ?? null,
    kbps: rate(report, before, report.bytesSent, before?.bytesSent),
    lossPercent: remote?.fractionLost === undefined ? null : remote.fractionLost * 100,
    jitterMs: milliseconds(remote?.jitter),
  };
}

function received(report: Counters, before: Counters | undefined, all: RTCStatsReport): StreamReading {
  const lost = (report.packetsLost ?? 0) - (before?.packetsLost ?? 0);
  const arrived = (report.packetsReceived ?? 0) - (before?.packetsReceived ?? 0);
  return {
    ...common(report, all),
    direction: 'received',
    track: report.trackIdentifier ?? null,
    kbps: rate(report, before, report.bytesReceived, before?.bytesReceived),
    // Packets that come late after all make the count go back.
    lossPercent: arrived > 0 ? (Math.max(0, lost) / (Math.max(0, lost) + arrived)) * 100 : null,
    jitterMs: milliseconds(report.jitter),
  };
}

function common(report: Counters, all: RTCStatsReport): Pick<StreamReading, 'id' | 'kind' | 'codec' | 'picture'> {
  const codec = report.codecId ? (all.get(report.codecId) as Counters | undefined) : undefined;
  const { frameWidth, frameHeight, framesPerSecond } = report;
  const frames = framesPerSecond === undefined ? '' : `, ${Math.round(framesPerSecond)}/s`;
  return {
    id: report.id,
    kind: report.kind ?? 'audio',
    codec: codec?.mimeType?.split('/')[1] ?? '',
    picture: frameWidth && frameHeight ? `${frameWidth} × ${frameHeight}${frames}` : null,
  };
}

/** Kilobits per second, which are bits per millisecond. */
function rate(report: Counters, before: Counters | undefined, bytes = 0, bytesBefore = 0): number {
  const span = report.timestamp - (before?.timestamp ?? report.timestamp);
  return span > 0 ? Math.max(0, ((bytes - bytesBefore) * 8) / span) : 0;
}

function milliseconds(seconds: number | undefined): number | null {
  return seconds === undefined ? null : seconds * 1_000;
}
