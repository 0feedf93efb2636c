import type { Call } from '../call/call.ts';
import { read, type Reading, type StreamReading } from '../call/statistics.ts';
import { element } from '../element.ts';
import type { Panel } from './side_panel.ts';

const INTERVAL_MS = 2_000;
const UNKNOWN = '–';

/** What the connection carries and how well, in figures. */
export class StatisticsPanel implements Panel {
  readonly title = 'Statistics';
  readonly root = element('div', { class: 'statistics' }, element('p', { class: 'empty' }, 'Measuring…'));

  readonly #call: Call;
  #timer = 0;
  #before: RTCStatsReport | null = null;

  constructor(call: Call) {
    this.#call = call;
  }

  opened(): void {
    void this.#measure();
    this.#timer = window.setInterval(() => void this.#measure(), INTERVAL_MS);
  }

  closed(): void {
    clearInterval(this.#timer);
    this.#before = null;
  }

  async #measure(): Promise<void> {
    const now = await this.#call.statistics();
    if (now && this.#before) this.#show(read(now, this.#before));
    this.#before = now;
  }

  #show({ roundTripMs, sentKbps, receivedKbps, streams }: Reading): void {
    const sum = facts([
      ['Round trip', figure(roundTripMs, 'ms')],
      ['Sent', figure(sentKbps, 'kbit/s')],
      ['Received', figure(receivedKbps, 'kbit/s')],
    ]);
    this.root.replaceChildren(sum, ...streams.map((stream) => this.#stream(stream)));
  }

  #stream(stream: StreamReading): HTMLElement {
    const { codec, kbps, lossPercent, jitterMs, picture } = stream;
    return element(
      'section',
      {},
      element('h3', {}, this.#name(stream)),
      facts([
        ['Codec', codec || UNKNOWN],
        ['Rate', figure(kbps, 'kbit/s')],
        ['Loss', lossPercent === null ? UNKNOWN : `${lossPercent.toFixed(1)} %`],
        ['Jitter', figure(jitterMs, 'ms')],
        ...(picture ? ([['Picture', picture]] as [string, string][]) : []),
      ]),
    );
  }

  #name({ direction, kind, track }: StreamReading): string {
    if (kind === 'audio') return direction === 'sent' ? 'Your voice' : 'The voices of all, mixed';
    if (direction === 'sent') return 'Your picture';
    const whose = this.#call.roster.all.find((participant) => participant.track === track);
    if (!whose) return 'A picture';
    return whose.content ? `The screen of ${whose.name}` : `The picture of ${whose.name}`;
  }
}

function figure(value: number | null, unit: string): string {
  return value === null ? UNKNOWN : `${Math.round(value)} ${unit}`;
}

function facts(pairs: [string, string][]): HTMLElement {
  return element('dl', {}, ...pairs.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]));
}
