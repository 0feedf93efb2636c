// Builds the page into dist/: what the program embeds and serves, and nothing else.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { licensePage } from './licenses.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const asset = (name) => `/assets/${name}`;

await rm(here('dist'), { recursive: true, force: true });
await mkdir(here('dist/assets'), { recursive: true });

const { outputFiles, metafile } = await build({
  absWorkingDir: here('.'),
  entryPoints: ['src/main.ts', 'src/style.css'],
  outdir: 'dist/assets',
  entryNames: '[name]-[hash]',
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
for (const file of outputFiles) await writeFile(file.path, file.contents);

const icon = await readFile(here('src/icon.svg'));
const iconName = `icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;
await writeFile(here(`dist/assets/${iconName}`), icon);

const output = (ending) => asset(basename(outputFiles.find(({ path }) => path.endsWith(ending)).path));
const page = (await readFile(here('src/index.html'), 'utf8'))
  .replace('/assets/icon.svg', asset(iconName))
  .replace('<!-- styles -->', `<link rel="stylesheet" href="${output('.css')}">`)
  .replace('<!-- script -->', `<script type="module" src="${output('.js')}"></script>`);
await writeFile(here('dist/index.html'), page);
await writeFile(here('dist/licenses.html'), await licensePage(Object.keys(metafile.inputs), output('.css')));
