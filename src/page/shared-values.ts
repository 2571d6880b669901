/** A value as a list of nodes, the first of which is the whole: what stands in it several times is written once. */
export type Nodes = readonly Node[];

/** A plain value, the nodes of a list, or the nodes of an object's fields. */
type Node = string | number | boolean | null | readonly ['list', ...number[]] | { readonly [key: string]: number };

/** Writes a value of plain data down; functions and what is undefined are left out. */
export function pack(value: unknown): Nodes {
  const nodes: Node[] = [];
  const known = new Map<unknown, number>();
  const add = (one: unknown): number => {
    const seen = known.get(one);
    if (seen !== undefined) return seen;
    const index = nodes.push(null) - 1;
    known.set(one, index);
    if (Array.isArray(one)) nodes[index] = ['list', ...one.map(add)];
    else if (typeof one === 'object' && one !== null) {
      const fields = Object.entries(one).filter(([, inner]) => inner !== undefined && typeof inner !== 'function');
      nodes[index] = Object.fromEntries(fields.map(([key, inner]) => [key, add(inner)]));
    } else nodes[index] = typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' ? one : null;
    return index;
  };
  add(value);
  return nodes;
}

/** The value again; what was one object is one object. */
export function unpack(nodes: Nodes): unknown {
  const made = new Map<number, unknown>();
  const make = (index: number): unknown => {
    if (made.has(index)) return made.get(index);
    const node = nodes[index];
    let value: unknown = node;
    if (Array.isArray(node)) value = (node.slice(1) as number[]).map(make);
    // Not by assignment: a key may be called `__proto__`.
    else if (typeof node === 'object' && node !== null)
      value = Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, make(inner as number)]));
    made.set(index, value);
    return value;
  };
  return make(0);
}
