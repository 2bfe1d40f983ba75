/** The commands that prepare a host: its files, settings, keys and database. A part of the command table. */
export const setUpCommands = {
  init: {
    summary: "Creates state folder, key file, launch.yaml and .env if they are missing.",
    load: () => import("../commands/init.ts"),
  },
  "keys ls": {
    summary: "Lists the ids of the keys, with the number of rows that each has sealed.",
    load: () => import("../commands/keys/ls.ts"),
  },
  "keys new": {
    summary: "Adds a new master key.",
    load: () => import("../commands/keys/new.ts"),
  },
  "keys rotate": {
    summary: "Seals every stored credential with the newest key.",
    load: () => import("../commands/keys/rotate.ts"),
  },
  "keys retire": {
    summary: "Removes an old key from the key file.",
    load: () => import("../commands/keys/retire.ts"),
  },
  "db url": {
    summary: "Prints where the database is.",
    load: () => import("../commands/db/url.ts"),
  },
  "db migrate": {
    summary: "Brings the schema up to date.",
    load: () => import("../commands/db/migrate.ts"),
  },
  "db move": {
    summary: "Moves everything to a PostgreSQL of your own, or back.",
    load: () => import("../commands/db/move.ts"),
  },
  "db serve": {
    summary: "Runs the embedded database in the foreground.",
    load: () => import("../commands/db/serve.ts"),
  },
  "db stop": {
    summary: "Stops the embedded database.",
    load: () => import("../commands/db/stop.ts"),
  },
  "db export": {
    summary: "Writes all data as lines of JSON; credentials stay sealed.",
    load: () => import("../commands/db/export.ts"),
  },
  "db import": {
    summary: "Imports an export into an empty database.",
    load: () => import("../commands/db/import.ts"),
  },
  "db adopt": {
    summary: "Copies the tables of an earlier program from another schema.",
    load: () => import("../commands/db/adopt.ts"),
  },
  "config explain": {
    summary: "Shows each setting with its value and where it comes from.",
    load: () => import("../commands/config/explain.ts"),
  },
  "config check": {
    summary: "Reads launch.yaml and says what is wrong, without starting anything.",
    load: () => import("../commands/config/check.ts"),
  },
  completion: {
    summary: "Prints the script that completes commands and names in your shell.",
    load: () => import("../commands/completion.ts"),
  },
  "generate systemd": {
    summary: "Writes the units that run bots and collectors under systemd.",
    load: () => import("../commands/generate/systemd.ts"),
  },
  "generate kubernetes": {
    summary: "Writes what a Kubernetes cluster needs to run bots and collectors.",
    load: () => import("../commands/generate/kubernetes.ts"),
  },
  "generate nomad": {
    summary: "Writes the jobs that run bots and collectors under Nomad.",
    load: () => import("../commands/generate/nomad.ts"),
  },
  "generate docker": {
    summary: "Writes a Dockerfile for your bots, and a compose file.",
    load: () => import("../commands/generate/docker.ts"),
  },
  "generate man": {
    summary: "Writes the pages of the manual that man shows.",
    load: () => import("../commands/generate/man.ts"),
  },
} as const;
