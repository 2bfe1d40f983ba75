import { realPathOf } from "../../host-files/read-if-there.ts";

/** A folder for temporary files, which a bot has for itself. */
export interface OwnTmp {
  readonly path: string;
  /** Below it, and the host's all the same: what a program works on in its folder must stay. */
  readonly kept: readonly string[];
}

/** The folders for temporary files of this host, one inside another left out; `kept` are the bot's working folder and home. */
export function findOwnTmp(kept: readonly string[]): readonly OwnTmp[] {
  const folders = new Set(realPaths(["/tmp", "/var/tmp"]));
  const outermost = [...folders].filter((path) => ![...folders].some((other) => isBelow(path, other)));
  const places = [...new Set(realPaths(kept))];
  return outermost.map((path) => ({ path, kept: places.filter((place) => isBelow(place, path)) }));
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

function realPaths(places: readonly string[]): readonly string[] {
  return places.flatMap((place) => realPathOf(place) ?? []);
}
