// Reads a launch.yaml for a launcher that has started this process (lib/compose/desk/config-reader.ts).
const { dirname } = require("node:path");
const { loadProgram } = require("./load-program.js");

loadProgram(dirname(__dirname), [], undefined, "config-reader.js");
