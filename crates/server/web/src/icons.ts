/** Line drawings on a 24 × 24 field; decoration only, the words beside them carry the meaning. */

const PATHS = {
  microphone: '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3M9 21h6"/>',
  microphoneOff: '<path d="M9 9v2a3 3 0 0 0 4.7 2.5M15 10V6a3 3 0 0 0-5.8-1.1M5 11a7 7 0 0 0 10.6 6M19 11a7 7 0 0 1-.5 2.6M12 18v3M9 21h6M4 3l16 18"/>',
  camera: '<rect x="3" y="6" width="12" height="12" rx="3"/><path d="M15 11l6-3.5v9L15 13"/>',
  cameraOff: '<path d="M15 15v0a3 3 0 0 1-3 3H6a3 3 0 0 1-3-3V9a3 3 0 0 1 2.2-2.9M9.5 6H12a3 3 0 0 1 3 3v2l6-3.5v9M4 3l16 18"/>',
  screen: '<rect x="3" y="4" width="18" height="13" rx="2.5"/><path d="M8 21h8M12 14V8M9 10.5L12 7.5l3 3"/>',
  screenOff: '<rect x="3" y="4" width="18" height="13" rx="2.5"/><path d="M8 21h8M9.5 8l5 5M14.5 8l-5 5"/>',
  chat: '<path d="M20 5.5v9a2 2 0 0 1-2 2h-7l-4.5 4v-4H6a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2zM8 8.5h8M8 11.8h5"/>',
  people: '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c0-3.5 2.9-6 6.5-6s6.5 2.5 6.5 6M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.6c2.1.8 3.5 2.8 3.5 5.4"/>',
  more: '<circle cx="5" cy="12" r="1"/><circle cx="12" cy="12" r="1"/><circle cx="19" cy="12" r="1"/>',
  leave: '<path d="M2.5 16v-2.5C2.5 10.5 7 8.5 12 8.5s9.5 2 9.5 5V16l-5.5-.7v-2.6c-2.6-.8-5.4-.8-8 0v2.6L2.5 16z"/>',
  link: '<path d="M10 14a4 4 0 0 0 6 .4l2.6-2.6a4 4 0 0 0-5.7-5.7L11.6 7.4M14 10a4 4 0 0 0-6-.4l-2.6 2.6a4 4 0 0 0 5.7 5.7l1.3-1.3"/>',
  close: '<path d="M6 6l12 12M18 6L6 18"/>',
  expand: '<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>',
  send: '<path d="M4 12L20 4l-5 16-3.5-6.5L4 12zM11.5 13.5L20 4"/>',
} as const;

/** The pictures there are. */
export type IconName = keyof typeof PATHS;

/** Draws an icon. */
export function icon(name: IconName): Element {
  const holder = document.createElement('template');
  holder.innerHTML = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
  return holder.content.firstElementChild as Element;
}
