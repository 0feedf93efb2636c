import { Crowd } from './crowd.js';
import { Loopback } from './loopback.js';
import { Person } from './person.js';
import { Readiness } from './readiness.js';

window.person = new Person();
window.loopback = new Loopback();
window.crowd = new Crowd();
window.readiness = new Readiness();
