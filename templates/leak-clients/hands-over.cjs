// Hands its work to a program outside where it finds one, as browsers, ssh and gpg do; run as a bot by `launch doctor --leaks`.
"use strict";

const { readdirSync } = require("node:fs");
const { connect } = require("node:net");

const { LEAK_TAG: tag, LEAK_HOST: host, LEAK_HTTP: port, LEAK_OUTSIDE: outside = ":" } = process.env;
const [tmp, elsewhere] = outside.split(":");
const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/${tag}`;

const ways = {
  "work handed over in /tmp": () => hand(`${tmp}/early`),
  "work handed over in /tmp, renamed": () => hand(`${tmp}/renamed`),
  "work handed over in /tmp, late": () => {
    console.log("listen");
    const timer = setInterval(() => {
      if (!readdirSync(tmp).includes("late")) return;
      clearInterval(timer);
      hand(`${tmp}/late`);
    }, 20);
  },
  "work handed over elsewhere": () => hand(`${elsewhere}/early`),
  "work handed over elsewhere, renamed": () => hand(`${elsewhere}/renamed`),
};

ways[process.argv[2]]();

function hand(path) {
  const socket = connect(path, () => socket.write(`${url}\n`));
  socket
    .on("data", (text) => process.stdout.write(text))
    .on("error", ({ code }) => {
      console.log(code);
      process.exitCode = 1;
    });
}
