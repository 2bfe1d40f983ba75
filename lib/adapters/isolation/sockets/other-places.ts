import { join } from "node:path";
import { unescaped } from "../../host-files/read-if-there.ts";

interface Mounted {
  readonly device: string;
  /** The folder or file of that device which is seen at `place`. */
  readonly root: string;
  readonly place: string;
}

/**
 * Reads /proc/…/mountinfo: where else a path may be seen. A folder that is mounted a second time (`mount --bind`, a part of
 * a btrfs, a volume) shows each socket there as well, and what covers the one place does not cover the other.
 */
export function otherPlaces(mountInfo: string): (path: string) => readonly string[] {
  const mounts = mountInfo.split("\n").flatMap(parseMount);
  const counts = new Map<string, number>();
  for (const { device } of mounts) counts.set(device, (counts.get(device) ?? 0) + 1);
  // Most hosts mount nothing twice.
  const doubled = mounts.filter(({ device }) => (counts.get(device) ?? 0) > 1);
  return (path) => {
    const at = mounts.filter(({ place }) => isWithin(path, place)).reduce(innermost, undefined);
    if (at === undefined || !doubled.includes(at)) return [];
    const file = join(at.root, path.slice(at.place === "/" ? 0 : at.place.length));
    return doubled
      .filter((other) => other !== at && other.device === at.device && isWithin(file, other.root))
      .map(({ root, place }) => join(place, file.slice(root === "/" ? 0 : root.length)));
  };
}

function parseMount(line: string): readonly Mounted[] {
  const [, , device = "", root = "", place = ""] = line.split(" ");
  return place === "" ? [] : [{ device, root: unescaped(root), place: unescaped(place) }];
}

// Of two mounts at one place the later one is seen.
function innermost(best: Mounted | undefined, next: Mounted): Mounted {
  return best === undefined || next.place.length >= best.place.length ? next : best;
}

function isWithin(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}
