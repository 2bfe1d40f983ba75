// A worked example for pm2: each entry carries an account's name and nothing else that could be secret, because pm2 keeps all
// of it, environments too, in a dump that every user of the host may read. The launcher reads credentials from the database
// by itself. `launch generate pm2 --out my.config.cjs` writes the same for every bot and collector of your launch.yaml.
const { dirname, join } = require("node:path");

const units = [
  ["bot", "--account", "alice"],
  ["bot", "--account", "bob"],
  ["collector", "funding_rate_service"],
];

module.exports = {
  apps: units.map((args) => ({
    name: `${args[0]}-${args.at(-1)}`,
    namespace: `${args[0]}s`,
    script: join(__dirname, "bin", "launch"),
    interpreter: process.execPath,
    args: [...args, "--managed", "--success-status", "99"],
    cwd: __dirname,
    exec_mode: "fork",
    instances: 1,
    env: {
      NODE_ENV: "production",
      PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
      HOME: require("node:os").userInfo().homedir,
    },
    // The empty word is part of every name: nothing of the shell that calls pm2 gets in (`true` does nothing in pm2 7).
    filter_env: [""],
    // The bot's own grace of 15 s and what the launcher needs around it.
    kill_timeout: 20000,
    treekill: true,
    shutdown_with_message: false,
    // `pm2 start` comes back when the exit is proven and the bot runs.
    wait_ready: true,
    listen_timeout: 90000,
    autorestart: true,
    // It finished (99 stands for 0, which pm2 takes a killed launcher for), or only a person can mend it.
    stop_exit_codes: [99, 2, 64, 69, 77, 78],
    min_uptime: 10000,
    max_restarts: 10,
    exp_backoff_restart_delay: 200,
    out_file: join(__dirname, "logs", `pm2-${args[0]}-${args.at(-1)}.out.log`),
    error_file: join(__dirname, "logs", `pm2-${args[0]}-${args.at(-1)}.err.log`),
    merge_logs: true,
    time: false,
    // pm2's own module would end the launcher without its clean-up when the daemon dies.
    pmx: false,
    vizion: false,
    watch: false,
    automation: false,
  })),
};
