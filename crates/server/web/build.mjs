// Builds the page into dist/: what the program embeds and serves, and nothing else.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { licensePage } from './licenses.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const asset = (name) => `/assets/${name}`;

await rm(here('dist'), { recursive: true, force: true });
await mkdir(here('dist/assets'), { recursive: true });

const { outputFiles, metafile } = await build({
  absWorkingDir: here('.'),
  // The client is an entry too, so that its code has files of its own: it stays in caches when only the page changes, and an
  // error tells by its place whose it is.
  entryPoints: ['src/main.ts', 'src/style.css', 'amazon-chime-sdk-js'],
  outdir: 'dist/assets',
  entryNames: '[name]-[hash]',
  chunkNames: 'client-[hash]',
  splitting: true,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  // The client's AWS dependencies name their browser builds in these fields.
  mainFields: ['browser', 'module', 'main'],
  define: { global: 'globalThis' },
  legalComments: 'none',
  metafile: true,
  write: false,
});
const named = (start) => outputFiles.find(({ path }) => basename(path).startsWith(start));
// What the client's entry leads to is loaded by the page's.
for (const file of outputFiles) if (file !== named('amazon-')) await writeFile(file.path, file.contents);

const icon = await readFile(here('src/icon.svg'));
const iconName = `icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;
await writeFile(here(`dist/assets/${iconName}`), icon);

const output = (start) => asset(basename(named(start).path));
const parts = metafile.outputs[relative(here('.'), named('main-').path)].imports.map(({ path }) => asset(basename(path)));
const preloads = parts.map((part) => `<link rel="modulepreload" href="${part}">`).join('');
const page = (await readFile(here('src/index.html'), 'utf8'))
  .replace('/assets/icon.svg', asset(iconName))
  .replace('<!-- styles -->', `<link rel="stylesheet" href="${output('style-')}">`)
  .replace('<!-- script -->', `${preloads}<script type="module" src="${output('main-')}"></script>`);
await writeFile(here('dist/index.html'), page);
await writeFile(here('dist/licenses.html'), await licensePage(Object.keys(metafile.inputs), output('style-')));
