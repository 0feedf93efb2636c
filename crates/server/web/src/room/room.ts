import type { Call } from '../call/call.ts';
import type { ChatMessage } from '../call/chat.ts';
import type { Devices } from '../devices/devices.ts';
import { linkTo } from '../door/code.ts';
import { element } from '../element.ts';
import { icon } from '../icons.ts';
import { Bar } from './bar.ts';
import { ChatPanel } from './chat_panel.ts';
import { EndDialog } from './end_dialog.ts';
import { PeoplePanel } from './people_panel.ts';
import { Remark } from './remark.ts';
import { SettingsPanel } from './settings_panel.ts';
import { ShareLine } from './share_line.ts';
import { Shortcuts } from './shortcuts.ts';
import { ShortcutsPanel } from './shortcuts_panel.ts';
import { SidePanel, type PanelName } from './side_panel.ts';
import { Stage } from './stage.ts';
import { standing } from './standing.ts';
import { StatisticsPanel } from './statistics_panel.ts';
import { Wakefulness } from './wakefulness.ts';

/** The meeting as one sees it: the tiles, below them what one does, and beside them what one asked for. */
export class Room {
  readonly root: HTMLElement;
  readonly speaker = element('audio', { hidden: true });

  readonly #call: Call;
  readonly #code: string;
  readonly #stage: Stage;
  readonly #chat: ChatPanel;
  readonly #side: SidePanel;
  readonly #bar: Bar;
  readonly #shareLine: ShareLine;
  readonly #shortcuts: Shortcuts;
  readonly #banner = element('p', { class: 'banner', role: 'status' });
  readonly #remark = new Remark();
  readonly #wakefulness = new Wakefulness();
  #stale = false;

  constructor(call: Call, code: string, devices: Devices, end: () => Promise<void>) {
    this.#call = call;
    this.#code = code;
    this.#stage = new Stage(call);
    this.#chat = new ChatPanel(call.chat, () => call.phase === 'on');
    this.#side = new SidePanel(
      {
        chat: this.#chat,
        people: new PeoplePanel(call.roster),
        settings: new SettingsPanel(devices, (text) => this.remark(text)),
        statistics: new StatisticsPanel(call),
        shortcuts: new ShortcutsPanel(() => this.#shortcuts),
      },
      () => this.refresh(),
    );
    this.#shareLine = new ShareLine(call.share);
    const ending = new EndDialog(end);
    this.#bar = this.#makeBar(() => ending.open());
    this.#shortcuts = new Shortcuts(this.#keys());
    this.root = this.#layout(ending);
    addEventListener('online', this.#networkChanged);
    addEventListener('offline', this.#networkChanged);
    this.#update();
  }

  /** Shows what is the case, once for everything that changes at one time. */
  refresh(): void {
    if (this.#stale) return;
    this.#stale = true;
    queueMicrotask(() => {
      this.#stale = false;
      this.#update();
    });
  }

  /** Says something that passes. */
  remark(text: string): void {
    this.#remark.say(text);
  }

  said(message: ChatMessage): void {
    this.#chat.said(message);
    this.refresh();
  }

  /** Takes the listeners away that outlive the elements. */
  close(): void {
    this.#side.close();
    this.#remark.close();
    this.#wakefulness.end();
    this.#shortcuts.close();
    this.#stage.close();
    removeEventListener('online', this.#networkChanged);
    removeEventListener('offline', this.#networkChanged);
  }

  #update(): void {
    const banner = standing(this.#call, navigator.onLine);
    if (this.#banner.textContent !== banner) this.#banner.textContent = banner;
    this.#bar.update(this.#side.open, this.#chat.unread);
    this.#shareLine.update();
    this.#side.update();
    this.#stage.update();
  }

  #layout(ending: EndDialog): HTMLElement {
    const copy = element('button', { type: 'button', class: 'quiet', click: () => void this.#copyLink() }, icon('link'), 'Copy link');
    const header = element('header', {}, element('h1', { class: 'code' }, this.#code), copy);
    const middle = element('div', { class: 'middle' }, this.#stage.root, this.#side.root);
    const words = element('div', { class: 'words' }, this.#banner, this.#shareLine.root, this.#remark.root);
    return element('main', { class: 'room' }, header, middle, words, this.#bar.root, ending.root, this.speaker);
  }

  #makeBar(end: () => void): Bar {
    const panel = (name: PanelName) => this.#side.toggle(name);
    return new Bar(this.#call, {
      panel,
      more: [
        { text: 'Settings', key: ',', act: () => panel('settings') },
        { text: 'Statistics', key: 'i', act: () => panel('statistics') },
        { text: 'Keyboard shortcuts', key: '?', act: () => panel('shortcuts') },
        { text: 'Copy link', key: 'l', act: () => void this.#copyLink() },
        { text: 'End for all…', danger: true, act: end },
      ],
    });
  }

  #keys(): ConstructorParameters<typeof Shortcuts>[0] {
    const panel = (name: PanelName) => () => this.#side.toggle(name);
    return [
      { key: 'm', does: 'Mute or unmute', act: () => void this.#bar.mute() },
      { key: 'v', does: 'Start or stop the camera', act: () => void this.#bar.look() },
      ...(this.#call.share.possible ? [{ key: 's', does: 'Share or stop sharing', act: () => void this.#bar.share() }] : []),
      { key: 'c', does: 'Chat', act: panel('chat') },
      { key: 'p', does: 'People', act: panel('people') },
      { key: ',', does: 'Settings', act: panel('settings') },
      { key: 'i', does: 'Statistics', act: panel('statistics') },
      { key: 'l', does: 'Copy the link', act: () => void this.#copyLink() },
      { key: '?', does: 'This list', act: panel('shortcuts') },
      { key: 'Escape', does: 'Close what is beside the tiles', act: () => this.#side.close() },
    ];
  }

  readonly #networkChanged = () => this.refresh();

  async #copyLink(): Promise<void> {
    const link = linkTo(this.#code);
    try {
      await navigator.clipboard.writeText(link);
      this.remark('The link is copied. Send it to the others.');
    } catch {
      this.remark(`The link: ${link}`);
    }
  }
}
