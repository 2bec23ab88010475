export interface Tree {
  [key: string]: unknown;
}

/** Sets what is at `path` in a tree of sections, and makes the sections above it. */
export function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    tree[key] = value;
    return;
  }
  const branch = (tree[key] ?? {}) as Tree;
  tree[key] = branch;
  put(branch, rest, value);
}
