import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { migrationsFolder } from "../database/database.ts";
import type { FleetStage } from "./fleet-stage.ts";

type Edit = readonly [file: string, from: string | RegExp, to: string];

interface Break {
  readonly what: string;
  /** Of functions of the test's own database. */
  readonly sql?: readonly Edit[];
  /** Of a copy of the program in the test's own folder. */
  readonly lib?: readonly Edit[];
}

/** Careless changes of the program that the venue must notice. */
export const breaks = {
  "takes-at-once": {
    what: "whoever asks for a lease gets it, without having watched the holder for its TTL",
    sql: [
      ["acquire_lease", "if p_seen is null then", "if false then"],
      [
        "acquire_lease",
        "(v_lease.run_id = p_run or not lease_is_over(v_lease, la, p_seen))",
        "v_lease.run_id = p_run",
      ],
    ],
  },
  "exit-not-checked": {
    what: "an exit is given to an account although another one is on it",
    sql: [["exit_conflicts", /select p_account[\s\S]*'any'\]\)/, "select false"]],
  },
  "renews-unseen": {
    what: "a renewal answers with every lease that the launcher ever had",
    sql: [
      [
        "renew_leases",
        /return \(\n[\s\S]*not is_revoked\);/,
        `return (
    select jsonb_build_object('tokens', coalesce(jsonb_agg(token), '[]'), 'exits', coalesce(jsonb_agg(token), '[]'))
      from public.granted where launcher_id = p_id);`,
      ],
    ],
  },
  "no-deadline": {
    what: "a holder counts on its lease for an hour after each renewal",
    lib: [
      [
        "supervisor/lease/lease-keeper.ts",
        /const deadline = monotonic\([^;]*\);/,
        "const deadline = monotonic(sentAt + 3_600_000);",
      ],
    ],
  },
  "counts-through-renewals": {
    what: "whoever stands by counts the holder's silence from the first look at all, renewals or not",
    lib: [
      [
        "supervisor/lease/standby-watch.ts",
        "before?.mark === mark ? before.since : now",
        "before?.since ?? now",
      ],
    ],
  },
} as const satisfies Readonly<Record<string, Break>>;

export type BreakName = keyof typeof breaks;

/** Puts the functions of the break in place, or the right ones. */
export async function breakDatabase(
  stage: Pick<FleetStage, "rows">,
  name: BreakName | undefined,
): Promise<void> {
  const all: readonly Break[] = Object.values(breaks);
  const own: Break | undefined = name === undefined ? undefined : breaks[name];
  for (const file of new Set(all.flatMap(({ sql = [] }) => sql.map(([function_]) => function_)))) {
    const edits = (own?.sql ?? []).filter(([function_]) => function_ === file);
    const text = edited(readFileSync(join(migrationsFolder, "functions", `${file}.sql`), "utf8"), edits);
    await stage.rows(`set search_path to launch, pg_temp; ${text}`);
  }
}

/** The program to run: a broken copy in the folder, or undefined for the right one. */
export async function brokenProgram(
  folder: string,
  name: BreakName | undefined,
): Promise<string | undefined> {
  const own: Break | undefined = name === undefined ? undefined : breaks[name];
  if (own?.lib === undefined) return undefined;
  const [root, copy] = [packageRoot(), join(folder, `broken-${name}`)];
  const bin = join(copy, "bin/launch");
  if (existsSync(bin)) return bin;
  mkdirSync(copy, { recursive: true });
  for (const part of readdirSync(root))
    if (part === "bin" || part === "lib" || part === "dist" || part === "package.json")
      cpSync(join(root, part), join(copy, part), { recursive: true });
    else symlinkSync(join(root, part), join(copy, part));
  for (const [file, from, to] of own.lib) {
    const path = join(copy, "lib", file);
    writeFileSync(path, edited(readFileSync(path, "utf8"), [[file, from, to]]));
  }
  const bundler: string = pathToFileURL(join(root, "scripts/bundle-program.mjs")).href;
  const { bundleProgram } = (await import(/* @vite-ignore */ bundler)) as {
    bundleProgram: (root: string, folder: string) => Promise<void>;
  };
  await bundleProgram(copy, join(copy, "dist/lib/program"));
  return bin;
}

function edited(text: string, edits: readonly Edit[]): string {
  let result = text;
  for (const [file, from, to] of edits) {
    const changed = result.replace(from, to);
    if (changed === result) throw new Error(`${file} has no ${String(from)} any more`);
    result = changed;
  }
  return result;
}
