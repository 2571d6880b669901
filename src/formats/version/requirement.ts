import { baseName } from '../../text.ts';
/** What one requirement says of a package. */
export interface Requirement {
  /** Name as Python compares it (PEP 503). */
  readonly name: string;
  /** The only version that meets it; null when several do, or none can be told. */
  readonly version: string | null;
  /** What is written, for a reader: `vllm[audio]==0.9.1`. */
  readonly text: string;
}

/** No requirement is longer; what is, is data. */
const MAX_CHARACTERS = 1_000;
const SHOWN_CHARACTERS = 80;

/**
 * Reads a requirement (PEP 508: `vllm[audio]==0.11.0; python_version > "3.9"`, `vllm @ URL`), or a bare address of a wheel
 * or a repository. Null for what is none, and for one that holds on another system than Linux alone.
 */
export function readRequirement(written: string): Requirement | null {
  const text = written.trim().slice(0, MAX_CHARACTERS);
  if (/^(?:git\+)?(?:https?|ssh|file):\/\//.test(text) || /\.whl(?:$|[#?])/.test(text)) return fromAddress(text);
  const [stated = '', marker = ''] = text.split(';', 2);
  if (/(?:sys_platform|platform_system)\s{0,5}==\s{0,5}["'](?:darwin|win32|Darwin|Windows)/.test(marker)) return null;
  const match = /^([A-Za-z0-9][A-Za-z0-9._-]{0,80})\s{0,10}(\[[^\]]{0,200}\])?\s{0,10}(.*)$/s.exec(stated.trim());
  const [, name, extras = '', rest = ''] = match ?? [];
  if (name === undefined) return null;
  if (rest.startsWith('@')) {
    const address = fromAddress(rest.slice(1).trim());
    return (
      address && { ...address, name: packageName(name), text: shown(`${name}${extras} @ ${rest.slice(1).trim()}`) }
    );
  }
  const specifiers = rest.replace(/^\(|\)$/g, '').replace(/\s{1,10}--.*$/s, '');
  if (!/^(?:[<>=!~ ,.*+\w-]{0,200})$/.test(specifiers) || /^\w/.test(specifiers)) return null;
  const pins = specifiers.split(',').flatMap((specifier) => /^\s{0,10}={2,3}(.{1,100})$/.exec(specifier)?.[1] ?? []);
  return {
    name: packageName(name),
    version: pins.map(exactVersion).find((version) => version !== null) ?? null,
    text: shown(`${name}${extras}${specifiers.replace(/\s+/g, '')}`),
  };
}

/** PEP 503: case, and runs of `-`, `_` and `.`, make no difference. */
export function packageName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/**
 * A version as it is released: without `v` and without a local part (`0.8.5+cu121`), which stays on development builds for
 * it names their commit. Null for a wildcard, and for `1.0.0.dev`, which stands in the names of wheels of any commit.
 */
export function exactVersion(written: string): string | null {
  const text = written.trim().replace(/^v/i, '');
  const match = /^(\d{1,4}(?:\.\d{1,6}){1,4}(?:[._-]?(?:a|b|rc|post|dev)\.?\d{1,8}){0,3})(\+[\w.]{1,80})?$/i.exec(text);
  if (!match) return null;
  const [, version = '', local = ''] = match;
  return /dev/i.test(version) ? version + local : version;
}

/** `…/vllm-0.8.5+cu121-cp38-abi3-manylinux1_x86_64.whl`, `git+https://github.com/vllm-project/vllm.git@v0.9.1` */
function fromAddress(address: string): Requirement | null {
  const [path = ''] = address.split(/[#?]/, 1);
  const last = baseName(path).replaceAll('%2B', '+').replaceAll('%2b', '+');
  const wheel = /^([A-Za-z0-9._]{1,80})-([^-]{1,80})-.{1,200}\.whl$/.exec(last);
  if (wheel?.[1] !== undefined) {
    return { name: packageName(wheel[1]), version: exactVersion(wheel[2] ?? ''), text: shown(last) };
  }
  if (!path.startsWith('git+')) return null;
  // The `@` of `ssh://git@host/…` stands in front of the path, that of a revision in it.
  const at = path.lastIndexOf('@');
  const revision = at > path.indexOf('/', path.indexOf('://') + 3) ? path.slice(at + 1) : null;
  const repository = revision === null ? path : path.slice(0, at);
  const name = baseName(repository).replace(/\.git$/, '');
  const release = revision?.slice(revision.lastIndexOf('/') + 1) ?? '';
  return { name: packageName(name), version: exactVersion(release), text: shown(path) };
}

function shown(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 1)}…` : text;
}
