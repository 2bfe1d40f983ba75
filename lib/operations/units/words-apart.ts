interface Named {
  readonly kind: "bot" | "collector";
  readonly name: string;
}

/** What each of these units is called among them: by its name, with its kind where a bot and a collector share it, as a command takes it. */
export function wordsApart(units: readonly Named[]): (unit: Named) => string {
  const namesOf = (kind: Named["kind"]) =>
    new Set(units.flatMap((unit) => (unit.kind === kind ? [unit.name] : [])));
  const collectors = namesOf("collector");
  // A fleet may have many bots: they are looked through only where there is a collector.
  const bots = collectors.size === 0 ? collectors : namesOf("bot");
  return ({ kind, name }) => (collectors.has(name) && bots.has(name) ? `${kind}:${name}` : name);
}
