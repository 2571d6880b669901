/** Prints the changelog's section of one tag; fails when there is none or package.json has another version. */
import { readFileSync } from 'node:fs';

const tag = process.argv[2] ?? '';
const version = tag.replace(/^v/, '');
const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

const declared: { version: string } = JSON.parse(read('package.json'));
if (declared.version !== version) throw new Error(`package.json has version ${declared.version}, the tag is ${tag}`);

const section = read('CHANGELOG.md')
  .split(/^(?=## )/m)
  .find((part) => part.startsWith(`## [${version}]`));
if (section === undefined) throw new Error(`CHANGELOG.md has no section '## [${version}]'`);
process.stdout.write(`${section.slice(section.indexOf('\n') + 1).trim()}\n`);
