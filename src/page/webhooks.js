// The webhooks' addresses, one card for each media server.

const SERVERS = {
  plex: "Plex Web → Account → Webhooks → Add Webhook (needs Plex Pass)",
  jellyfin: "Dashboard → Plugins → Webhook → Add Generic Destination, with Send All Properties",
  emby: "Settings → Notifications → Add Notification → Webhooks, as application/json",
};
let urls = null;

async function loadUrls() {
  urls = await ask("urls");
  if (status) showWebhooks();
}

function showWebhooks() {
  if (!urls) return;
  $("loopback").hidden = !urls.loopback_only;
  $("loopback").replaceChildren(...sentence("p", "Other machines can't post to these addresses: scrobbled "
    + `listens on its own machine only. Set \`listen\` to \`"0.0.0.0:${urls.port}"\`, or \`public_url\` `
    + "behind a proxy, and restart it.").childNodes);
  const rows = status.sources.map((source) => ({
    ...source, addresses: urls[source.source], servers: status.servers.filter((it) => it.kind === source.source),
  }));
  list($("webhooks").querySelector("ul"), rows, (row) => row.source, webhook);
}

const isListenedTo = (server) => server.hears.includes("stream");

function webhook(row) {
  const rotate = does(make("button", {
    className: "quiet", textContent: "New address", ariaLabel: `New address for ${row.name}`,
  }), () => renew(row));
  const isHeard = row.servers.some((server) => server.last_heard);
  const ofSeveral = row.servers.length > 1;
  const heard = row.servers.filter((server) => server.last_heard || (ofSeveral && isHeard)).map((server) => make("p", { className: "dim" },
    ofSeveral ? `${server.title}: ` : "", ...(server.last_webhook ? ["last webhook ", when(server.last_webhook)] : ["no webhook yet"]),
    ...(isListenedTo(server) ? ["; listened to, last heard ", server.last_heard ? when(server.last_heard) : "never"] : []),
    ...(server.last_catch_up ? ["; history read ", when(server.last_catch_up)] : [])));
  if (!isHeard && !row.servers.some(isListenedTo)) heard.push(make("p", { className: "dim", textContent: `No webhook from ${row.name} yet. ${row.servers.some((server) => server.connected)
    ? "It knows the address: play something." : `If you use it, paste the address in ${SERVERS[row.source]}.`}` }));
  const troubles = new Set(row.servers.map((server) => server.trouble).filter(Boolean)); // they share an address
  const several = row.addresses.length > 1;
  const named = (address) => `the ${row.name} address${several ? ` at ${new URL(address).host}` : ""}`;
  return make("li", {},
    make("div", { className: "head" }, make("h3", { textContent: row.name }), rotate),
    ...heard,
    ...[...troubles].map((trouble) => make("div", { className: "said" }, sentence("p", trouble))),
    several ? make("p", { className: "dim", textContent: `Take the one that ${row.name} can reach.` }) : "",
    ...row.addresses.map((address) => copyable(address, named(address))));
}

async function renew({ source, name }) {
  if (!confirm(`Make a new address for ${name}? The old one stops working at once.`)) return;
  urls = await ask("rotate", { which: source });
  showWebhooks();
  const renewed = [...(urls.renewed || []), ...(urls.stale || [])]; // those that scrobbled has registered itself
  if (renewed.length) renewed.forEach(tell);
  else toast(`Paste the new address into ${name}.`);
}
