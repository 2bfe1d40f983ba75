import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { clientsFolder } from "../../../lib/leak-check/check-leaks.ts";
import { leakBattery, pythonLibraries } from "../../../lib/leak-check/clients/leak-battery.ts";
import { findLeaks, type LeakRow, type LeakSearch } from "../../../lib/leak-check/find-leaks.ts";
import { openLeakLab } from "../../../lib/leak-check/lab/open-leak-lab.ts";
import { openLoopbackLab } from "../../../lib/leak-check/lab/open-loopback-lab.ts";
import type { LeakLab } from "../../../lib/leak-check/lab/site/leak-lab.ts";
import { leftovers } from "../../lab/leftovers.ts";
import { builtFile } from "../../support/built.ts";
import { eventually } from "../../support/eventually.ts";

/** The usual places alone, so that Debian's Python with its libraries is the one that is found. */
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Every client that the doctor brings along. */
export const battery = leakBattery(clientsFolder());

/** A lab for the tests of one file. */
export interface LabOfTests {
  readonly lab: LeakLab;
  /** Where clients run and leave things behind. */
  readonly folder: string;
  /** Runs clients as bots of a tier. */
  search(
    what: Pick<LeakSearch, "tier" | "clients"> & Partial<LeakSearch> & { readonly node?: string },
  ): Promise<readonly LeakRow[]>;
}

/** Opens one lab for all tests of the file, and closes it however they end. */
export function useLeakLab(labs = labsHere): LabOfTests {
  let lab: LeakLab | undefined;
  let folder = "";
  beforeAll(async () => {
    lab = await labs().open();
    folder = mkdtempSync(join(tmpdir(), "slipway-leak-"));
  });
  afterAll(async () => {
    await lab?.close();
    if (folder === "") return;
    // Whatever ran in the lab names the folder: it is every bot's home.
    await eventually(
      () => leftovers(folder),
      (left) => left.length === 0,
    ).finally(() => rmSync(folder, { recursive: true, force: true }));
  });
  const opened = (): LeakLab => {
    if (lab === undefined) throw new Error("The lab is not open yet.");
    return lab;
  };
  return {
    get lab() {
      return opened();
    },
    get folder() {
      return folder;
    },
    search: ({ node = process.execPath, ...what }) =>
      findLeaks({
        lab: opened(),
        programs: { node, pythons: [{ file: "/usr/bin/python3", libraries: pythonLibraries }], searchPath },
        cwd: folder,
        ...what,
      }),
  };
}

/** Labs opened by whoever runs the tests. */
export function labsHere() {
  const opener = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  return { open: () => openLeakLab(opener, builtFile("lib/leak-check/lab/internet.js")) };
}

/** Labs for machines that cannot make namespaces. */
export function loopbackLabsHere() {
  return { open: () => openLoopbackLab(builtFile("lib/leak-check/lab/internet.js")) };
}

/** The verdicts by client, so that one comparison shows every client that is not as it ought to be. */
export function verdicts(rows: readonly LeakRow[]): Readonly<Record<string, string>> {
  return Object.fromEntries(rows.map(({ client, verdict }) => [client, verdict]));
}

/** What a client prints about itself when it is not as it ought to be. */
export function story(rows: readonly LeakRow[]): string {
  return rows
    .map(
      ({ client, tier, verdict, why, output }) => `${tier} ${client}: ${verdict} (${why}) ${output.trim()}`,
    )
    .join("\n");
}
