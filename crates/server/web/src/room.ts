import { linkTo } from './code.ts';
import type { Call } from './call.ts';
import { element } from './element.ts';
import { icon } from './icons.ts';
import { Stage } from './stage.ts';

/** How long a passing remark stays. */
const REMARK_MS = 8_000;
const MUTE_KEY = 'm';
const CAMERA_KEY = 'v';

/** The meeting as one sees it: the tiles, and below them the three things one does. */
export class Room {
  readonly root: HTMLElement;
  readonly speaker = element('audio', { hidden: true });

  readonly #call: Call;
  readonly #code: string;
  readonly #stage: Stage;
  readonly #microphone = button({ 'aria-keyshortcuts': MUTE_KEY }, () => this.#call.setMuted(!this.#call.muted));
  readonly #camera = button({ 'aria-keyshortcuts': CAMERA_KEY }, () => this.#call.setCamera(!this.#call.camera));
  readonly #leave = button({}, async () => this.#call.leave());
  readonly #copy = element('button', { class: 'quiet', click: () => void this.#copyLink() }, icon('link'), 'Copy link');
  readonly #banner = element('p', { class: 'banner', role: 'status', hidden: true });
  readonly #remark = element('p', { class: 'remark', role: 'alert', hidden: true });
  #remarkTimer = 0;

  constructor(call: Call, code: string) {
    this.#call = call;
    this.#code = code;
    this.#stage = new Stage(call);
    this.#leave.classList.add('leave');
    label(this.#leave, 'leave', 'Leave');
    this.root = element(
      'main',
      { class: 'room' },
      element('header', {}, element('h1', { class: 'code' }, code), this.#copy),
      this.#banner,
      this.#stage.root,
      this.#remark,
      element('div', { class: 'bar', role: 'toolbar', 'aria-label': 'Meeting' }, this.#microphone, this.#camera, this.#leave),
      this.speaker,
    );
    addEventListener('keydown', this.#shortcut);
    this.update();
  }

  /** Shows what is the case. */
  update(): void {
    const { muted, camera } = this.#call;
    label(this.#microphone, muted ? 'microphoneOff' : 'microphone', muted ? 'Unmute' : 'Mute');
    this.#microphone.classList.toggle('off', muted);
    label(this.#camera, camera ? 'camera' : 'cameraOff', camera ? 'Stop camera' : 'Start camera');
    this.#camera.classList.toggle('off', !camera);
    const banner = this.#bannerText();
    if (this.#banner.textContent !== banner) this.#banner.textContent = banner;
    this.#banner.hidden = banner === '';
    this.#stage.update();
  }

  /** Says something that passes. */
  remark(text: string): void {
    this.#remark.textContent = text;
    this.#remark.hidden = false;
    clearTimeout(this.#remarkTimer);
    this.#remarkTimer = window.setTimeout(() => {
      this.#remark.hidden = true;
    }, REMARK_MS);
  }

  /** Takes the listeners away that outlive the elements. */
  close(): void {
    clearTimeout(this.#remarkTimer);
    removeEventListener('keydown', this.#shortcut);
    this.#stage.close();
  }

  #bannerText(): string {
    if (this.#call.phase === 'connecting') return 'Connecting…';
    if (this.#call.phase === 'reconnecting') return 'The connection was lost. Reconnecting…';
    if (this.#call.weak) return 'The connection is weak. Stopping the camera may help.';
    if (this.#call.participants.size === 1) return 'Nobody else is here yet. Copy the link and send it to the others.';
    return '';
  }

  readonly #shortcut = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
    if (ctrlKey || metaKey || altKey) return;
    if (key === MUTE_KEY) this.#microphone.click();
    if (key === CAMERA_KEY) this.#camera.click();
  };

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

function button(attributes: Record<string, string>, act: () => Promise<void>): HTMLButtonElement {
  const made = element('button', { class: 'round', ...attributes });
  made.addEventListener('click', () => {
    // A device may take seconds to answer; a second click meanwhile would undo the first.
    if (made.getAttribute('aria-busy')) return;
    made.setAttribute('aria-busy', 'true');
    void act().finally(() => made.removeAttribute('aria-busy'));
  });
  return made;
}

function label(button: HTMLButtonElement, picture: Parameters<typeof icon>[0], text: string): void {
  if (button.lastChild?.textContent === text) return;
  button.replaceChildren(icon(picture), element('span', {}, text));
}
