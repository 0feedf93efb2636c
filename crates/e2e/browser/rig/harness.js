import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

/** Made once for all browsers of a file of tests. */
let bundled;

/**
 * Serves the test page on loopback. That makes it a secure context, which devices need, and a local page,
 * which alone may open connections to a local server without asking.
 */
export async function serveHarness() {
  bundled ??= bundle();
  const html = await bundled;
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

/** Bundles the test page around the client as npm delivers it. */
async function bundle() {
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
