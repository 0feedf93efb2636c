/** Meeting codes: short enough to say on the phone, long enough that nobody meets a stranger by chance. */

const CONSONANTS = 'bdfghjklmnprstvz';
const VOWELS = 'aeiou';
/** 16 × 5 × 16 × 5 words, three of them: about 2.6 × 10¹¹ codes. */
const WORDS = 3;

const CODE = /^[a-z]{3,4}(-[a-z]{3,4}){2,3}$/;

/** Makes a code such as `bako-rilu-temo`. */
export function newCode(): string {
  const word = () => pick(CONSONANTS) + pick(VOWELS) + pick(CONSONANTS) + pick(VOWELS);
  return Array.from({ length: WORDS }, word).join('-');
}

/** Reads a code out of what somebody typed or pasted: the code itself, spelled loosely, or a whole link. */
export function readCode(text: string): string | null {
  const last = text.trim().replace(/[?#].*$/, '').replace(/\/+$/, '').split('/').pop() ?? '';
  const code = last.toLowerCase().replace(/[\s_.-]+/g, '-');
  return CODE.test(code) ? code : null;
}

/** The link that brings others into the meeting. */
export function linkTo(code: string): string {
  return new URL(`/m/${code}`, location.origin).href;
}

/** The code in the address of the page, if it is a meeting's. */
export function codeInAddress(): string | null {
  return location.pathname.startsWith('/m/') ? readCode(location.pathname) : null;
}

/** Takes one letter by chance; the few letters more often taken than others do no harm here. */
function pick(letters: string): string {
  const [chance = 0] = crypto.getRandomValues(new Uint8Array(1));
  return letters.charAt(chance % letters.length);
}
