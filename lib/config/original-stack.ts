import { createRequire, SourceMap, type SourceMapPayload } from "node:module";
import { join } from "node:path";
import { packageRoot } from "./package-root.ts";

/** What bin/load-program.js gives of a pack. */
interface Pack {
  readonly id: string;
  read(name: string): Buffer | undefined;
}

// A part of the bundled program: the id of its pack, its name, a line and a column.
const bundledPlace = /[^\s(]*\/program\/([0-9a-f]{16})\/([\w-]+\.js):(\d+):(\d+)/g;

/** A stack with the places in the sources in place of those in the bundled program; what no map explains stays. */
export function originalStack(stack: string): string {
  if (stack.search(bundledPlace) === -1) return stack;
  const root = packageRoot();
  const { openPack } = createRequire(import.meta.url)(join(root, "bin/load-program.js"));
  const maps: Pack = openPack(join(root, "dist/lib/program/maps.pack"));
  return stack.replaceAll(bundledPlace, (place, ...found: string[]) => {
    const [id, part = "", line, column] = found;
    // Another build's maps tell nothing of this one.
    const map = id === maps.id ? maps.read(part) : undefined;
    return map === undefined ? place : (originalPlace(map, Number(line), Number(column)) ?? place);
  });
}

function originalPlace(map: Buffer, line: number, column: number): string | undefined {
  const payload: SourceMapPayload = JSON.parse(map.toString());
  const found = new SourceMap(payload).findEntry(line - 1, column - 1);
  if (!("originalSource" in found)) return undefined;
  const { originalSource, originalLine, originalColumn } = found;
  return `${originalSource.replace(/^(\.\.\/)*/, "")}:${originalLine + 1}:${originalColumn + 1}`;
}
