import type { CommandModule } from "./command.ts";

// To add a command: write lib/cli/commands/<group>/<name>.ts exporting `meta`, `args` and `run` (see commands/config/explain.ts;
// `const args = {…} as const satisfies CommandArgs` types the context), add its line here, and run
// `npm run docs` so that docs/cli.md says the same. A command file is loaded only when it runs or
// when its own help is asked for, and what is heavy (pg, zod, yaml, execa) comes by `context` or a dynamic import.

/** One command: the words that name it, what it does in one line, and the file that runs it. */
export interface CommandEntry {
  readonly path: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** What groups of commands are about. */
export const commandGroups: Readonly<Record<string, string>> = {
  generate: "Files for the programs that keep bots running.",
  config: "What launch.yaml, environment and flags come to.",
};

/** Every command: the single source of help, docs/cli.md and the nearest names of typing errors. */
export const commandTable: readonly CommandEntry[] = [
  {
    path: "init",
    summary: "Makes state folder, key file, launch.yaml and .env where they are missing.",
    load: () => import("./commands/init.ts"),
  },
  {
    path: "bot",
    summary: "Runs an account's bot behind its proven proxy.",
    load: () => import("./commands/bot.ts"),
  },
  {
    path: "collector",
    summary: "Runs a data collector, direct.",
    load: () => import("./commands/collector.ts"),
  },
  {
    path: "echo",
    summary: "Serves a witness of your own: tells every caller its address.",
    load: () => import("./commands/echo.ts"),
  },
  {
    path: "generate pm2",
    summary: "Writes an ecosystem file that runs bots and collectors under pm2.",
    load: () => import("./commands/generate/pm2.ts"),
  },
  {
    path: "config explain",
    summary: "Shows each setting with its value and where it comes from.",
    load: () => import("./commands/config/explain.ts"),
  },
];
