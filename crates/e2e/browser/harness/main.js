import { Loopback } from './loopback.js';
import { Person } from './person.js';

window.person = new Person();
window.loopback = new Loopback();
