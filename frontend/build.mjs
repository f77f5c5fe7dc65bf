// Builds what the browser gets: one stylesheet, the scripts, a service worker, the icons.
// `node frontend/build.mjs` writes into the components room's static/build/, which git ignores.
import { copyFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../linli/interfaces/components/static/build");
// A resident page may weigh 120 KB over the wire, 30 KB of it script; the house's share must leave room for pictures.
const LIMITS = { "app.css": 16_000, "portal.js": 12_000, "map.js": 2_000, "desk.js": 12_000, "door.js": 4_000, "sw.js": 3_000, "icons.svg": 8_000 };

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  entryPoints: {
    app: join(here, "app.css"),
    portal: join(here, "scripts/portal.js"),
    map: join(here, "scripts/map.js"),
    desk: join(here, "scripts/desk-page.js"),
    door: join(here, "scripts/door.js"),
    sw: join(here, "scripts/sw.js"),
  },
  outdir: out, bundle: true, minify: true, format: "iife", charset: "utf8", legalComments: "none",
  target: ["es2019", "chrome87", "firefox91", "safari14.1"], logLevel: "warning",
});
const icons = await readFile(join(here, "icons.svg"), "utf8");
await writeFile(join(out, "icons.svg"), icons.replace(/<!--.*?-->\n?/gs, "").replace(/\n/g, ""));
await copyFile(join(here, "mark.svg"), join(out, "mark.svg"));

for (const [name, limit] of Object.entries(LIMITS)) {
  const packed = gzipSync(await readFile(join(out, name))).length;
  const { size } = await stat(join(out, name));
  console.log(`${name.padEnd(10)} ${String(size).padStart(6)} B, ${String(packed).padStart(6)} B packed`);
  if (packed > limit) {
    console.error(`${name} weighs ${packed} B packed; its limit is ${limit} B.`);
    process.exitCode = 1;
  }
}
