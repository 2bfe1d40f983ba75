// What stands outside beside the bots, without any protection: it listens on sockets in the file system and does the work that
// comes there, as a browser, an ssh master or a key server does for the next one of its kind. The folders in LEAK_OUTSIDE are
// its own and the bot's to find; it hears what the bot prints, and opens its later sockets at the line "listen".
"use strict";

const { renameSync } = require("node:fs");
const { get } = require("node:http");
const { createServer } = require("node:net");
const { createInterface } = require("node:readline");

const folders = process.env.LEAK_OUTSIDE.split(":");
createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "listen") listen("late").catch(() => {});
});
Promise.all([listen("early"), listen("renamed")]).then(() => console.log("ready"));

function listen(name) {
  return Promise.all(
    folders.map(
      (folder) =>
        new Promise((resolve, reject) => {
          const path = `${folder}/${name}`;
          const bound = name === "renamed" ? `${path}.new` : path;
          const server = createServer((socket) => take(socket));
          server.once("error", reject).listen(bound, () => {
            if (bound !== path) renameSync(bound, path);
            resolve();
          });
        }),
    ),
  );
}

function take(socket) {
  socket.on("error", () => {});
  createInterface({ input: socket }).on("line", (url) => {
    get(url, (answer) => answer.on("end", () => socket.end("done\n")).resume()).on("error", ({ message }) =>
      socket.end(`${message}\n`),
    );
  });
}
