import type { PythonNode } from './values.ts';

/** The children of a node, comments and errors left out. */
export function childrenOf(node: PythonNode): PythonNode[] {
  const children: PythonNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'Comment' && !child.type.isError) children.push(child);
  }
  return children;
}

/** The nodes of one kind among the children, or among those of a body. */
export function namesIn(node: PythonNode, name: string): PythonNode[] {
  return childrenOf(node).flatMap((child) =>
    child.name === name
      ? [child]
      : child.name.endsWith('Body')
        ? childrenOf(child).filter((one) => one.name === name)
        : [],
  );
}
