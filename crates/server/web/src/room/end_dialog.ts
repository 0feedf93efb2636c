import { AdmissionError } from '../door/admission.ts';
import { element } from '../element.ts';

/** Asks before everybody's meeting is ended. */
export class EndDialog {
  readonly root: HTMLDialogElement;

  readonly #end: () => Promise<void>;
  readonly #problem = element('p', { class: 'problem', role: 'alert' });

  constructor(end: () => Promise<void>) {
    this.#end = end;
    const cancel = element('button', { type: 'button', class: 'quiet', autofocus: true, click: () => this.root.close() }, 'Cancel');
    const act = element('button', { type: 'button', class: 'danger', click: () => void this.#act() }, 'End for all');
    this.root = element(
      'dialog',
      { class: 'card', 'aria-labelledby': 'end-title' },
      element('h2', { id: 'end-title' }, 'End the meeting for everyone?'),
      element('p', {}, 'All who are in it leave at once. The link starts a new meeting afterwards.'),
      this.#problem,
      element('div', { class: 'answers' }, cancel, act),
    );
  }

  open(): void {
    this.#problem.textContent = '';
    this.root.showModal();
  }

  async #act(): Promise<void> {
    try {
      await this.#end();
    } catch (error) {
      if (!(error instanceof AdmissionError)) throw error;
      this.#problem.textContent = error.message;
    }
  }
}
