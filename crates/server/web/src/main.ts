import { App } from './app.ts';

const place = document.querySelector<HTMLElement>('#app');
if (place) new App(place).arrive();
// Going back from a meeting means leaving it; the door belongs to the other address.
addEventListener('popstate', () => location.reload());
