// Builds built/ from src/. With --check it builds beside and compares bytes and sizes: built/ is what Python users get.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = fileURLToPath(new URL(".", import.meta.url));
const built = `${here}built/`;
const MOST = { "widget.js": 3 * 1024, "chat.js": 25 * 1024 }; // gzipped bytes
const notice = "/*! Dateline. Holds eventsource-parser, (c) Espen Hovlandsdal, MIT licence. */";

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  write: false,
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text" },
  logLevel: "warning",
};

async function one(entry, more) {
  const { outputFiles } = await build({ ...common, entryPoints: [`src/${entry}`], ...more });
  return outputFiles[0].text;
}

// The sheet is minified as CSS before it becomes a string of the script.
const minifiedCss = {
  name: "minified-css",
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const made = await build({ ...common, entryPoints: [path], loader: { ".css": "css" } });
      return { contents: made.outputFiles[0].text.trim(), loader: "text" };
    });
  },
};

const made = {};
made["chat.js"] = await one("chat.ts", { format: "esm", plugins: [minifiedCss], banner: { js: notice } });
const version = createHash("sha256").update(made["chat.js"]).digest("hex").slice(0, 16);
made["widget.js"] = await one("widget.ts", { format: "iife", define: { VERSION: JSON.stringify(version) } });
made["viewer.js"] = await one("viewer.ts", { format: "esm" });

let wrong = 0;
for (const [name, text] of Object.entries(made)) {
  const packed = gzipSync(text, { level: 9 }).length;
  const most = MOST[name] ?? Infinity;
  console.log(`${name}: ${Buffer.byteLength(text)} bytes, ${packed} gzipped${most < Infinity ? ` of at most ${most}` : ""}`);
  if (packed > most) {
    console.error(`${name} is too big`);
    wrong = 1;
  }
  if (process.argv.includes("--check")) {
    let kept = "";
    try {
      kept = readFileSync(built + name, "utf8");
    } catch {}
    if (kept !== text) {
      console.error(`built/${name} is not what src/ builds: run npm run build and commit it`);
      wrong = 1;
    }
  } else {
    mkdirSync(built, { recursive: true });
    writeFileSync(built + name, text);
  }
}
if (process.argv.includes("--check")) {
  for (const name of readdirSync(built)) {
    if (!(name in made)) {
      console.error(`built/${name} is not built from anything`);
      wrong = 1;
    }
  }
}
process.exit(wrong);
