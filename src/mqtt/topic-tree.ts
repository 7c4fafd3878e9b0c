interface Node<V> {
  readonly children: Map<string, Node<V>>;
  value: V | undefined;
}

const newNode = <V>(): Node<V> => ({ children: new Map(), value: undefined });

/**
 * Values under slash-separated paths. Filled with filters it answers "which filters match this topic", filled with topics
 * "which topics does this filter match"; both cost the depth of the path, not the number of entries: 10,000 agents that come
 * back at once with `agents/<own>/#` must not scan 10,000 retained heartbeats each.
 */
export class TopicTree<V> {
  readonly #root = newNode<V>();

  get(path: string): V | undefined {
    let node: Node<V> | undefined = this.#root;
    for (const level of path.split('/')) node = node?.children.get(level);
    return node?.value;
  }

  set(path: string, value: V): void {
    let node = this.#root;
    for (const level of path.split('/')) {
      let child = node.children.get(level);
      if (!child) {
        child = newNode();
        node.children.set(level, child);
      }
      node = child;
    }
    node.value = value;
  }

  /** Removes the value and the branches that are bare afterwards. */
  delete(path: string): void {
    const levels = path.split('/');
    const prune = (node: Node<V>, index: number): boolean => {
      const level = levels[index];
      if (level === undefined) {
        node.value = undefined;
      } else {
        const child = node.children.get(level);
        if (child && prune(child, index + 1)) node.children.delete(level);
      }
      return node.value === undefined && node.children.size === 0;
    };
    prune(this.#root, 0);
  }

  /** Visits the value of every stored filter that matches this topic; `a/#` matches `a` too (MQTT 3.1.1 §4.7.1.2). */
  filtersMatching(topic: string, visit: (value: V) => void): void {
    const levels = topic.split('/');
    const reserved = topic.startsWith('$'); // not for a leading wildcard [MQTT-4.7.2-1]
    const walk = (node: Node<V>, index: number): void => {
      const wild = index > 0 || !reserved;
      const rest = wild ? node.children.get('#')?.value : undefined;
      if (rest !== undefined) visit(rest);
      const level = levels[index];
      if (level === undefined) {
        if (node.value !== undefined) visit(node.value);
        return;
      }
      const exact = node.children.get(level);
      if (exact) walk(exact, index + 1);
      const any = wild ? node.children.get('+') : undefined;
      if (any) walk(any, index + 1);
    };
    walk(this.#root, 0);
  }

  /** Visits the value of every stored topic that this filter matches. */
  topicsMatching(filter: string, visit: (value: V) => void): void {
    const levels = filter.split('/');
    const below = (node: Node<V>): Iterable<[string, Node<V>]> =>
      node === this.#root ? [...node.children].filter(([level]) => !level.startsWith('$')) : node.children;
    const all = (node: Node<V>): void => {
      if (node.value !== undefined) visit(node.value);
      for (const [, child] of below(node)) all(child);
    };
    const walk = (node: Node<V>, index: number): void => {
      const level = levels[index];
      if (level === '#') {
        all(node);
      } else if (level === '+') {
        for (const [, child] of below(node)) walk(child, index + 1);
      } else if (level !== undefined) {
        const child = node.children.get(level);
        if (child) walk(child, index + 1);
      } else if (node.value !== undefined) {
        visit(node.value);
      }
    };
    walk(this.#root, 0);
  }
}
