/** The commands that prepare a host: its files, settings, keys and database. A part of the command table. */
export const setUpCommands = [
  {
    path: "init",
    summary: "Creates state folder, key file, launch.yaml and .env if they are missing.",
    load: () => import("../commands/init.ts"),
  },
  {
    path: "keys ls",
    summary: "Lists the ids of the keys, with the number of rows that each has sealed.",
    load: () => import("../commands/keys/ls.ts"),
  },
  {
    path: "keys new",
    summary: "Adds a new master key.",
    load: () => import("../commands/keys/new.ts"),
  },
  {
    path: "keys rotate",
    summary: "Seals every stored credential with the newest key.",
    load: () => import("../commands/keys/rotate.ts"),
  },
  {
    path: "keys retire",
    summary: "Removes an old key from the key file.",
    load: () => import("../commands/keys/retire.ts"),
  },
  {
    path: "db url",
    summary: "Prints where the database is.",
    load: () => import("../commands/db/url.ts"),
  },
  {
    path: "db migrate",
    summary: "Brings the schema up to date.",
    load: () => import("../commands/db/migrate.ts"),
  },
  {
    path: "db move",
    summary: "Moves everything to a PostgreSQL of your own, or back.",
    load: () => import("../commands/db/move.ts"),
  },
  {
    path: "db serve",
    summary: "Runs the embedded database in the foreground.",
    load: () => import("../commands/db/serve.ts"),
  },
  {
    path: "db stop",
    summary: "Stops the embedded database.",
    load: () => import("../commands/db/stop.ts"),
  },
  {
    path: "db export",
    summary: "Writes all data as lines of JSON; credentials stay sealed.",
    load: () => import("../commands/db/export.ts"),
  },
  {
    path: "db import",
    summary: "Imports an export into an empty database.",
    load: () => import("../commands/db/import.ts"),
  },
  {
    path: "db adopt",
    summary: "Copies the tables of an earlier program from another schema.",
    load: () => import("../commands/db/adopt.ts"),
  },
  {
    path: "config explain",
    summary: "Shows each setting with its value and where it comes from.",
    load: () => import("../commands/config/explain.ts"),
  },
  {
    path: "config check",
    summary: "Reads launch.yaml and says what is wrong, without starting anything.",
    load: () => import("../commands/config/check.ts"),
  },
  {
    path: "completion",
    summary: "Prints the script that completes commands and names in your shell.",
    load: () => import("../commands/completion.ts"),
  },
  {
    path: "generate systemd",
    summary: "Writes the units that run bots and collectors under systemd.",
    load: () => import("../commands/generate/systemd.ts"),
  },
  {
    path: "generate kubernetes",
    summary: "Writes what a Kubernetes cluster needs to run bots and collectors.",
    load: () => import("../commands/generate/kubernetes.ts"),
  },
  {
    path: "generate nomad",
    summary: "Writes the jobs that run bots and collectors under Nomad.",
    load: () => import("../commands/generate/nomad.ts"),
  },
  {
    path: "generate docker",
    summary: "Writes a Dockerfile for your bots, and a compose file.",
    load: () => import("../commands/generate/docker.ts"),
  },
  {
    path: "generate man",
    summary: "Writes the pages of the manual that man shows.",
    load: () => import("../commands/generate/man.ts"),
  },
] as const;
