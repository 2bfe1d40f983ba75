// Loaded into a launcher whose restart is measured: BENCH_RANDOM, from 0 to below 1, is each random number that it draws for a wait.
const crypto = require("node:crypto");
const drawn = Number(process.env.BENCH_RANDOM);
delete process.env.BENCH_RANDOM;
const { randomInt } = crypto;
crypto.randomInt = (low, high) => (high === undefined ? Math.floor(low * drawn) : randomInt(low, high));
require("node:module").syncBuiltinESMExports();
