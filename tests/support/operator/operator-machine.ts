import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { type TestDatabase, testDatabase } from "../database/database.ts";
import { withAdmin } from "../database/postgres-cluster.ts";
import { type Finished, newStranger, type RunExtra, type Stranger } from "./launch-program.ts";

/** A machine after `launch init` with a database of its own; it remembers all that the program printed. */
export interface OperatorMachine {
  readonly stranger: Stranger;
  readonly database: TestDatabase;
  /** Runs the built program on that database. */
  launch(words: readonly string[], extra?: RunExtra): Promise<Finished>;
  /** The same with --json: what it printed on stdout, after an end with 0. */
  json<T>(words: readonly string[], extra?: RunExtra): Promise<T>;
  /** Runs it under a pseudo-terminal and types the answer once the question is there. */
  answerOnTerminal(words: readonly string[], question: string, answer: string): Promise<Finished>;
  /** Fails when any output so far, or any row of the database, holds one of the texts or the database's password. */
  expectNoSecret(...secrets: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

/** Makes the machine; `remove` takes folder and database away. */
export async function operatorMachine(): Promise<OperatorMachine> {
  const database = await testDatabase();
  const stranger = newStranger();
  const outputs: string[] = [];
  const withDatabase = (extra: RunExtra = {}): RunExtra => ({
    ...extra,
    env: { LAUNCH_DATABASE_URL: database.url, ...extra.env },
  });
  const kept = (finished: Finished): Finished => {
    outputs.push(finished.stdout, finished.stderr);
    return finished;
  };
  const launch = async (words: readonly string[], extra?: RunExtra) =>
    kept(await stranger.launch(words, withDatabase(extra)));
  const init = await launch(["init"]);
  expect(init.status, init.stderr).toBe(0);
  return {
    stranger,
    database,
    launch,
    async json<T>(words: readonly string[], extra?: RunExtra) {
      const finished = await launch([...words, "--json"], extra);
      expect(finished.status, finished.stderr).toBe(0);
      return JSON.parse(finished.stdout) as T;
    },
    answerOnTerminal: async (words, question, answer) => {
      const env = { ...stranger.env, LAUNCH_DATABASE_URL: database.url };
      return kept(await typeWhenAsked({ words, env, cwd: stranger.home }, question, answer));
    },
    async expectNoSecret(...secrets) {
      const told = `${outputs.join("\n")}\n${await everyRow(database)}`;
      const found = [...secrets, database.cluster.password].filter((secret) => told.includes(secret));
      expect(found).toEqual([]);
    },
    async remove() {
      stranger.remove();
      await database.drop();
    },
  };
}

async function typeWhenAsked(
  program: {
    readonly words: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
  },
  question: string,
  answer: string,
): Promise<Finished> {
  const launch = join(packageRoot(), "bin", "launch");
  const line = ["stty cols 100;", process.execPath, launch, ...program.words].join(" ");
  const child = spawn("script", ["-qec", line, "/dev/null"], {
    cwd: program.cwd,
    env: program.env,
    stdio: "pipe",
  });
  let stdout = "";
  let isAnswered = false;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    if (isAnswered || !stdout.includes(question)) return;
    isAnswered = true;
    child.stdin.write(answer);
  });
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout, stderr: "" };
}

async function everyRow({ cluster, name }: TestDatabase): Promise<string> {
  return await withAdmin(cluster, name, async (admin) => {
    const { rows: tables } = await admin.query<{ table: string }>(
      "select format('%I.%I', schemaname, tablename) as table from pg_tables where schemaname = 'launch'",
    );
    const texts: string[] = [];
    for (const { table } of tables) {
      const { rows } = await admin.query(`select to_jsonb(t)::text as text from ${table} t`);
      texts.push(...rows.map(({ text }: { readonly text: string }) => text));
    }
    return texts.join("\n");
  });
}
