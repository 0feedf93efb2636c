import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** The program under test: the one that `CARILLON_BIN` names, by default the one that cargo built last. */
export function program() {
  const target = process.env.CARGO_TARGET_DIR ?? `${ROOT}/target`;
  return process.env.CARILLON_BIN ?? `${target}/debug/carillon`;
}
