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
  const made: unknown[] = Array.from({ length: nodes.length });
  const done = new Set<number>();
  const make = (index: number): unknown => {
    const node = nodes[index];
    if (done.has(index)) return made[index];
    done.add(index);
    if (Array.isArray(node)) {
      const list: unknown[] = [];
      made[index] = list;
      for (const inner of node.slice(1) as number[]) list.push(make(inner));
    } else if (typeof node === 'object' && node !== null) {
      const object: Record<string, unknown> = {};
      made[index] = object;
      for (const [key, inner] of Object.entries(node)) object[key] = make(inner as number);
    } else made[index] = node;
    return made[index];
  };
  return make(0);
}
