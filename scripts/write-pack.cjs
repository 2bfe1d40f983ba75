// A pack is one file with named parts, read part by part by bin/load-program.js: twelve digits with the length of the index, the index
// as JSON (`{ id, parts: { name: [offset, length] } }`, offsets from the end of the index), then the parts.
const { createHash } = require("node:crypto");
const { writeFileSync } = require("node:fs");

/** Writes a pack of the parts (names with Buffers) and gives back its id: a hash of what is in it, or the one that is given. */
function writePack(path, parts, id = idOf(parts)) {
  const index = { id, parts: {} };
  let offset = 0;
  for (const [name, body] of parts) {
    index.parts[name] = [offset, body.length];
    offset += body.length;
  }
  const head = Buffer.from(JSON.stringify(index));
  const length = Buffer.from(String(head.length).padStart(12, "0"));
  writeFileSync(path, Buffer.concat([length, head, ...parts.map(([, body]) => body)]));
  return id;
}

function idOf(parts) {
  const hash = createHash("sha256");
  for (const [name, body] of parts) hash.update(`${name}\n${body.length}\n`).update(body);
  return hash.digest("hex").slice(0, 16);
}

module.exports = { writePack };
