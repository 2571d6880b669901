import type { Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { SourceFile } from '../text.ts';
import { decodedFrom, encodedThrough, type MappedText, placeOfMapped, type Segment } from './mapped-text.ts';
import { readYamlBetween, type YamlEntry, type YamlFile, type YamlValue } from './yaml.ts';

type Node = YAMLMap | YAMLSeq | Scalar;

/**
 * The YAML that a decoded text is (a here-document with its values put in, a text in quotes). Every value keeps its place in
 * the files that the text comes from, those that were put in the place where they are defined.
 */
export function readYamlIn(text: MappedText): YamlFile {
  const yaml = readYamlBetween({ path: placeOfMapped(text).file, text: text.text }, 0, text.text.length);
  const home = text.segments[0]?.file;
  if ('reason' in yaml || !home) return yaml;
  const outer: Outer = { text, home, nodes: new Map() };
  return { documents: yaml.documents.map((value) => moved(value, outer)) };
}

interface Outer {
  readonly text: MappedText;
  /** The file that the text itself stands in. */
  readonly home: SourceFile;
  /** Nodes of the decoded text and what stands for them. */
  readonly nodes: Map<unknown, Node>;
}

function moved(value: YamlValue, outer: Outer): YamlValue {
  const { home: file } = outer;
  if (value.kind === 'scalar') {
    return { ...value, text: movedText(value.text, outer), node: movedNode(value.node, outer), file };
  }
  if (value.kind === 'sequence') {
    const node = movedNode(value.node, outer);
    return { ...value, items: value.items.map((item) => moved(item, outer)), node, file };
  }
  const node = movedNode(value.node, outer);
  return { ...value, entries: value.entries.map((entry) => movedEntry(entry, outer)), node, file };
}

function movedEntry(entry: YamlEntry, outer: Outer): YamlEntry {
  const { key, pair, owner } = entry;
  const value = moved(entry.value, outer);
  const held = (pair.value as { range?: unknown } | null)?.range === undefined ? pair.value : value.node;
  return {
    key,
    keyText: movedText(entry.keyText, outer),
    value,
    pair: { key: pair.key, value: held } as Pair,
    owner: movedNode(owner, outer),
  };
}

function movedText(inner: MappedText, { text }: Outer): MappedText {
  if (inner.segments.length === 1 && inner.text === '') return emptyAt(text, inner.segments[0]);
  const froms = inner.segments.flatMap(({ starts }) => Array.from(starts));
  const tos = inner.segments.flatMap(({ ends }) => Array.from(ends));
  const encode = inner.segments[0]?.encode ?? ((written: string) => written);
  return encodedThrough(decodedFrom(text, inner.text, froms, tos), encode);
}

/** An empty value at its place. */
function emptyAt(text: MappedText, inner: Segment | undefined): MappedText {
  const at = offsetIn(text, inner?.origin ?? 0);
  if (!at) return { text: '', segments: [] };
  const encode = inner?.encode ?? ((written: string) => written);
  return encodedThrough(
    { text: '', segments: [{ ...at.segment, text: '', starts: [], ends: [], origin: at.offset }] },
    encode,
  );
}

/** A node with the same range in the file; without one where it does not lie in one piece there. */
function movedNode<T extends Node>(node: T, outer: Outer): T {
  const known = outer.nodes.get(node);
  if (known) return known as T;
  const [start, end] = [offsetIn(outer.text, node.range?.[0] ?? 0), offsetIn(outer.text, node.range?.[1] ?? 0)];
  const inFile = start?.segment.file === outer.home && end?.segment.file === outer.home && start.offset <= end.offset;
  const range = node.range && inFile ? [start.offset, end.offset, end.offset] : undefined;
  const own = {
    type: (node as { type?: unknown }).type,
    flow: (node as { flow?: boolean }).flow,
    range,
  } as unknown as T;
  outer.nodes.set(node, own);
  return own;
}

/** Where an offset of the decoded text lies in its file. */
function offsetIn({ segments }: MappedText, offset: number): { segment: Segment; offset: number } | null {
  let before = 0;
  for (const segment of segments) {
    const inside = offset - before;
    if (inside < segment.text.length) return { segment, offset: segment.starts[inside] ?? segment.origin };
    before += segment.text.length;
  }
  const last = segments.at(-1);
  return last ? { segment: last, offset: last.ends[last.text.length - 1] ?? last.origin } : null;
}
