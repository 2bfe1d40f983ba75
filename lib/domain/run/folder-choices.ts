/** What the files of a working folder chose for everything that a launcher started in it runs. */
export interface FolderChoices {
  readonly folder: string;
  /** As people read them: "network.direct" is "on". */
  readonly choices: Readonly<Record<string, string>>;
}

/** Many folders that differ from one are told by the first of them. */
const mostTold = 3;

/** A sentence for each folder that chose otherwise. What only one of the two knows, as an older version does, is not compared. */
export function differingChoices(mine: FolderChoices, others: readonly FolderChoices[]): readonly string[] {
  return others.flatMap((other) => sentence(mine, other) ?? []).slice(0, mostTold);
}

function sentence(mine: FolderChoices, other: FolderChoices): string | undefined {
  const differing = Object.entries(mine.choices).flatMap(([name, here]) => {
    const there = other.choices[name];
    return there === undefined || there === here ? [] : [`${name} is ${here} here and ${there} there`];
  });
  if (differing.length === 0) return undefined;
  const who =
    other.folder === mine.folder
      ? `another launcher of this folder (${mine.folder}) has other settings`
      : `this folder (${mine.folder}) has other settings than ${other.folder}, which is used with the same database on this host`;
  return `${who}: ${differing.join("; ")}`;
}
