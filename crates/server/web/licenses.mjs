// Gathers the licence texts of everything third parties wrote in the page and in the program.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAM = 'carillon-cli';
const LICENCE_FILE = /^(licen[cs]e|copying|notice|unlicense|copyright|patents)([-._].*)?$/i;
/** A package that bundles a C library keeps that library's licence in a folder below its own. */
const DEPTH = 2;

/**
 * The page with all texts, each once, over the packages that it covers.
 * @param {string[]} inputs the files that the bundler took, relative to this folder
 * @param {string} stylesheet the address of the page's styles
 */
export async function licensePage(inputs, stylesheet) {
  const packages = [...(await npmPackages(inputs)), ...(await crates())].sort((a, b) => (a.title < b.title ? -1 : 1));
  const byText = new Map();
  for (const { title, licence, folder } of packages) {
    const texts = await licenceTexts(folder, DEPTH);
    for (const text of texts.length ? texts : [`Declared in the package: ${licence}.`]) {
      byText.set(text, [...(byText.get(text) ?? []), title]);
    }
  }
  const sections = [...byText].map(
    ([text, titles]) => `<details><summary>${escape([...new Set(titles)].join(', '))}</summary><pre>${escape(text)}</pre></details>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Open-source licences</title>
<link rel="stylesheet" href="${stylesheet}">
<body class="licences">
<h1>Open-source licences</h1>
<p>Carillon stands on the work of others: ${packages.length} packages, under these licences.</p>
${sections.join('\n')}
</body>
</html>
`;
}

async function npmPackages(inputs) {
  const folders = new Set(inputs.map((input) => input.match(/^.*node_modules\/(@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean));
  return Promise.all(
    [...folders].map(async (folder) => {
      const path = fileURLToPath(new URL(folder, import.meta.url));
      const { name, version, license } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
      return { title: `${name} ${version}`, licence: license, folder: path };
    }),
  );
}

/** What is linked into the program: everything it reaches through normal dependencies. */
async function crates() {
  const { stdout: version } = await run('rustc', ['-vV'], { cwd: ROOT });
  const host = version.match(/^host: (.+)$/m)[1];
  const { stdout } = await run(
    process.env.CARGO ?? 'cargo',
    ['metadata', '--format-version', '1', '--locked', '--filter-platform', host, '--features', `${PROGRAM}/web`],
    { cwd: ROOT, maxBuffer: 1 << 28 },
  );
  const { packages, resolve } = JSON.parse(stdout);
  const needs = new Map(
    resolve.nodes.map(({ id, deps }) => [id, deps.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null)).map(({ pkg }) => pkg)]),
  );
  const reached = new Set();
  const queue = [packages.find(({ name }) => name === PROGRAM).id];
  while (queue.length) {
    const id = queue.pop();
    if (reached.has(id)) continue;
    reached.add(id);
    queue.push(...needs.get(id));
  }
  return packages
    .filter(({ id, source }) => source && reached.has(id))
    .map(({ name, version, license, manifest_path }) => ({
      title: `${name} ${version}`,
      licence: license ?? 'see its repository',
      folder: dirname(manifest_path),
    }));
}

async function licenceTexts(folder, depth) {
  const texts = [];
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isFile() && LICENCE_FILE.test(entry.name)) texts.push((await readFile(path, 'utf8')).replaceAll('\r\n', '\n').trim());
    // Licence folders, and libraries that a package carries along; never its own dependencies.
    if (entry.isDirectory() && depth > 0 && entry.name !== 'node_modules') texts.push(...(await licenceTexts(path, depth - 1)));
  }
  return [...new Set(texts)];
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
