/**
 * The licences of the packages that a bundle really contains, gathered from the bundle's own list of modules, so
 * that a package dropped by tree shaking is not named and one that slipped in is not forgotten.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';

interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

/** Writes `fileName` beside the bundle; fails the build when a bundled package has no licence to show. */
export function bundledLicenses(fileName: string): Plugin {
  return {
    name: 'bundled-licenses',
    generateBundle(_options, bundle) {
      const folders = new Set<string>();
      for (const output of Object.values(bundle)) {
        if (output.type !== 'chunk') continue;
        for (const [id, module] of Object.entries(output.modules)) {
          const folder = packageFolderOf(id);
          if (folder !== null && module.renderedLength > 0) folders.add(folder);
        }
      }
      const packages = [...folders].map(readPackage).sort((a, b) => compare(a.name, b.name));
      this.emitFile({ type: 'asset', fileName, source: renderLicenses(packages) });
    },
  };
}

/** The folder of the package that a module belongs to, or null for Headroom's own modules. */
function packageFolderOf(moduleId: string): string | null {
  const match = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(moduleId.replaceAll('\\', '/'));
  return match ? match[0].slice(match[0].startsWith('\0') ? 1 : 0) : null;
}

function readPackage(folder: string): BundledPackage {
  const manifest: { name: string; version: string; license?: string } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const file = readdirSync(folder).find((name) => /^(licen[sc]e|copying)(\.(md|txt))?$/i.test(name));
  if (!manifest.license || !file) throw new Error(`${manifest.name} is bundled but shows no licence`);
  const text = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
  return { name: manifest.name, version: manifest.version, license: manifest.license, text };
}

function renderLicenses(packages: readonly BundledPackage[]): string {
  const rule = '-'.repeat(80);
  const head = 'Headroom (Apache-2.0) bundles these packages. Each stands under its own licence.\n';
  return (
    head + packages.map((one) => `\n${rule}\n${one.name} ${one.version} (${one.license})\n\n${one.text}\n`).join('')
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
