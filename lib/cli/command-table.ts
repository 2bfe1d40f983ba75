import type { CommandModule } from "./command.ts";
import { setUpCommands } from "./table/set-up-commands.ts";

// To add a command: write lib/cli/commands/<group>/<name>.ts exporting `usage` and `run` (see commands/config/explain.ts; of one
// word, commands/<name>.ts or commands/exits/<name>.ts;
// `const usage = {…} as const satisfies CommandUsage` types the context), add its line here, and run
// `npm run docs` so that docs/cli.md says the same. A command file is loaded only when it runs or
// when its own help is asked for, and what is heavy (pg, zod, yaml) comes by `context` or a dynamic import.

/** One command: the words that name it, what it does in one line, and the file that runs it. */
export interface CommandEntry {
  readonly path: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** What groups of commands are about. */
export const commandGroups: Readonly<Record<string, string>> = {
  generate: "Files for the programs that keep bots running.",
  account: "The accounts: who trades, where, and from which countries.",
  proxy: "The pool of proxies.",
  notify: "Who is told of trouble.",
  keys: "The master keys that seal the proxies' credentials.",
  db: "The database that holds all data.",
  config: "The settings from launch.yaml, environment and flags.",
};

const commands: Readonly<Record<string, Omit<CommandEntry, "path">>> = {
  ...setUpCommands,
  "account add": {
    summary: "Adds an account, with its first proxy when one is given.",
    load: () => import("./commands/account/add.ts"),
  },
  "account import": {
    summary: "Imports a list of accounts.",
    load: () => import("./commands/account/import.ts"),
  },
  "account edit": {
    summary: "Changes an account: its venues, countries, group and registered exits.",
    load: () => import("./commands/account/edit.ts"),
  },
  "account ips": {
    summary: "Lists an account's exits, as its venues see them, and a line to paste.",
    load: () => import("./commands/account/ips.ts"),
  },
  "account allow": {
    summary: "Says that a venue takes an account's requests from an address.",
    load: () => import("./commands/account/allow.ts"),
  },
  "account history": {
    summary: "Shows which exit an account had when, and why.",
    load: () => import("./commands/account/history.ts"),
  },
  "account ls": {
    summary: "Lists the accounts with their proxies.",
    load: () => import("./commands/account/ls.ts"),
  },
  "account rm": {
    summary: "Removes an account.",
    load: () => import("./commands/account/rm.ts"),
  },
  "account hold": {
    summary: "Stops an account's bot and refuses every start.",
    load: () => import("./commands/account/hold.ts"),
  },
  "account release": {
    summary: "Ends a hold.",
    load: () => import("./commands/account/release.ts"),
  },
  "proxy add": {
    summary: "Adds a proxy to the pool.",
    load: () => import("./commands/proxy/add.ts"),
  },
  "proxy import": {
    summary: "Imports a list of proxies.",
    load: () => import("./commands/proxy/import.ts"),
  },
  "proxy ls": {
    summary: "Lists the pool.",
    load: () => import("./commands/proxy/ls.ts"),
  },
  "proxy check": {
    summary: "Reads each proxy's exit address and compares it with the expected one.",
    load: () => import("./commands/proxy/check.ts"),
  },
  "proxy edit": {
    summary: "Changes a proxy.",
    load: () => import("./commands/proxy/edit.ts"),
  },
  "proxy history": {
    summary: "Shows who left by a proxy or an exit address, and when.",
    load: () => import("./commands/proxy/history.ts"),
  },
  "proxy enable": {
    summary: "Lets accounts use a disabled proxy again.",
    load: () => import("./commands/proxy/enable.ts"),
  },
  "proxy disable": {
    summary: "Stops every account from using a proxy.",
    load: () => import("./commands/proxy/disable.ts"),
  },
  "proxy rm": {
    summary: "Removes a proxy.",
    load: () => import("./commands/proxy/rm.ts"),
  },
  assign: {
    summary: "Lets an account use a proxy.",
    load: () => import("./commands/exits/assign.ts"),
  },
  unassign: {
    summary: "Removes a proxy from an account.",
    load: () => import("./commands/exits/unassign.ts"),
  },
  demote: {
    summary: "Stops an account from using a proxy for a time.",
    load: () => import("./commands/exits/demote.ts"),
  },
  burn: {
    summary: "Puts an exit out of use at a venue.",
    load: () => import("./commands/exits/burn.ts"),
  },
  revive: {
    summary: "Brings back an assignment, or an exit at its venues.",
    load: () => import("./commands/exits/revive.ts"),
  },
  why: {
    summary: "Says where an account stands, and why.",
    load: () => import("./commands/exits/why.ts"),
  },
  status: {
    summary: "Shows all that is known of a bot or collector on one screen.",
    load: () => import("./commands/units/status.ts"),
  },
  stop: {
    summary: "Stops bots and collectors, which then stay stopped.",
    load: () => import("./commands/units/stop.ts"),
  },
  start: {
    summary: "Ends a stop, and starts what a launcher has in its file.",
    load: () => import("./commands/units/start.ts"),
  },
  restart: {
    summary: "Starts bots and collectors anew on their exits.",
    load: () => import("./commands/units/restart.ts"),
  },
  exec: {
    summary: "Runs a command inside a bot that runs.",
    load: () => import("./commands/units/exec.ts"),
  },
  check: {
    summary: "Says whether bots and collectors live and are ready.",
    load: () => import("./commands/units/check.ts"),
  },
  rotate: {
    summary: "Moves running bots to their next exits.",
    load: () => import("./commands/exits/rotate.ts"),
  },
  report: {
    summary: "Tells a bot's launcher what a venue does with its exit.",
    load: () => import("./commands/exits/report.ts"),
  },
  bot: {
    summary: "Runs an account's bot behind its proven proxy.",
    load: () => import("./commands/bot.ts"),
  },
  collector: {
    summary: "Runs a data collector, which connects directly.",
    load: () => import("./commands/collector.ts"),
  },
  up: {
    summary: "Runs the bots and collectors of launch.yaml in one launcher.",
    load: () => import("./commands/desk/up.ts"),
  },
  reload: {
    summary: "Makes a running launch up read launch.yaml again.",
    load: () => import("./commands/desk/reload.ts"),
  },
  down: {
    summary: "Ends the launch up of this state folder.",
    load: () => import("./commands/desk/down.ts"),
  },
  ps: {
    summary: "Lists the running bots and collectors, with exit IP and tier.",
    load: () => import("./commands/ps.ts"),
  },
  top: {
    summary: "Shows the bots and collectors on a live screen with keys.",
    load: () => import("./commands/top.ts"),
  },
  logs: {
    summary: "Shows what bots and collectors wrote.",
    load: () => import("./commands/logs.ts"),
  },
  events: {
    summary: "Lists what happened, newest first.",
    load: () => import("./commands/events.ts"),
  },
  doctor: {
    summary: "Checks everything that a start needs and says how to repair it.",
    load: () => import("./commands/doctor.ts"),
  },
  echo: {
    summary: "Runs your own witness, which tells every caller its address.",
    load: () => import("./commands/echo.ts"),
  },
  "notify ls": {
    summary: "Lists who is told of trouble, and what they are told of now.",
    load: () => import("./commands/notify/ls.ts"),
  },
  "notify seal": {
    summary: "Seals the secret of a channel in its file.",
    load: () => import("./commands/notify/seal.ts"),
  },
  "notify test": {
    summary: "Sends a test message to the channels of launch.yaml.",
    load: () => import("./commands/notify/test.ts"),
  },
  "generate pm2": {
    summary: "Writes an ecosystem file that runs bots and collectors under pm2.",
    load: () => import("./commands/generate/pm2.ts"),
  },
};

/** Every command: the single source of help, docs/cli.md and the nearest names of typing errors. */
export const commandTable: readonly CommandEntry[] = Object.entries(commands).map(([path, entry]) => ({
  path,
  ...entry,
}));
