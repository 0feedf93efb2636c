import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

/** Localhost is a secure context, which devices need; nothing listens there, the browser's routes answer. */
export const HARNESS_URL = 'http://localhost/harness';

/** Bundles the test page around the client as npm delivers it. */
export async function bundleHarness() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../harness/main.js', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    // The client's AWS dependencies name their browser builds in these fields.
    mainFields: ['browser', 'module', 'main'],
    define: { global: 'globalThis' },
    logLevel: 'error',
  });
  const script = outputFiles[0].text.replaceAll('</script', '<\\/script');
  return `<!doctype html><meta charset="utf-8"><title>harness</title><body><script>${script}</script>`;
}
