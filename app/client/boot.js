// Loads the module and brings each island to life, in the order of the page.
import start, * as client from "./CLIENT_JS";

await start({ module_or_path: new URL("./CLIENT_WASM", import.meta.url) });
client.hydrate();
for (const island of document.querySelectorAll("leptos-island")) {
  const wake = client[island.dataset.component];
  if (wake) {
    await wake(island);
  } else {
    console.warn(`The island ${island.dataset.component} is not in this build.`);
  }
}
document.documentElement.dataset.live = "";
