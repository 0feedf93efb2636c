import type { Call } from '../call/call.ts';
import { ControlButton } from '../control_button.ts';
import { element } from '../element.ts';
import { Menu, type MenuItem } from './menu.ts';
import type { PanelName } from './side_panel.ts';

/** What the bar leaves to the room. */
export interface BarActions {
  panel(name: PanelName): void;
  readonly more: readonly MenuItem[];
}

/** The things one does in a meeting, below the tiles. */
export class Bar {
  readonly root: HTMLElement;

  readonly #call: Call;
  readonly #microphone: ControlButton;
  readonly #camera: ControlButton;
  readonly #share: ControlButton;
  readonly #chat: ControlButton;
  readonly #people: ControlButton;

  constructor(call: Call, { panel, more }: BarActions) {
    this.#call = call;
    this.#microphone = new ControlButton({ 'aria-keyshortcuts': 'm', 'data-first': '' }, () => this.mute());
    this.#camera = new ControlButton({ 'aria-keyshortcuts': 'v' }, () => this.look());
    this.#share = new ControlButton({ 'aria-keyshortcuts': 's' }, () => this.share());
    this.#chat = new ControlButton({ 'aria-keyshortcuts': 'c' }, () => panel('chat'));
    this.#people = new ControlButton({ 'aria-keyshortcuts': 'p' }, () => panel('people'));
    const leave = new ControlButton({}, () => call.leave());
    leave.root.classList.add('leave');
    leave.show({ icon: 'leave', text: 'Leave' });
    const controls = [this.#microphone, this.#camera, ...(call.share.possible ? [this.#share] : []), this.#chat, this.#people];
    this.root = element(
      'div',
      { class: 'bar', role: 'group', 'aria-label': 'Meeting controls' },
      ...controls.map(({ root }) => root),
      new Menu(more).root,
      leave.root,
    );
  }

  mute(): Promise<void> {
    return this.#call.setMuted(!this.#call.muted);
  }

  look(): Promise<void> {
    return this.#call.setCamera(!this.#call.camera);
  }

  async share(): Promise<void> {
    const { share } = this.#call;
    if (share.state === 'none') await share.start();
    else share.stop();
  }

  update(open: PanelName | null, unread: number): void {
    const { muted, camera, share, roster } = this.#call;
    this.#microphone.show({ icon: muted ? 'microphoneOff' : 'microphone', text: muted ? 'Unmute' : 'Mute', off: muted });
    this.#camera.show({ icon: camera ? 'camera' : 'cameraOff', text: camera ? 'Stop camera' : 'Start camera', off: !camera });
    const sharing = share.state !== 'none';
    this.#share.show({ icon: sharing ? 'screenOff' : 'screen', text: sharing ? 'Stop share' : 'Share' });
    this.#chat.show({ icon: 'chat', text: 'Chat', open: open === 'chat', badge: unread });
    this.#people.show({ icon: 'people', text: `People (${roster.people.length})`, open: open === 'people' });
  }
}
