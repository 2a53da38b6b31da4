// The media servers: how each is heard, who says where it is, and what `connect` has made taken back.

// Whether somebody has set it up: of a kind that nobody uses there is a server, too.
// One of which connecting broke off is to be connected again.
const isSetUp = (server) => server.configured || server.last_heard
  || (!server.unfinished && (server.connected || server.hears.some((ear) => ear !== "webhook")));
const isShown = (server) => isSetUp(server) || server.unfinished;

function showServers() {
  list($("servers").querySelector("ul"), status.servers.filter(isShown), (server) => [server.kind, server.name], serverCard,
    "No media server is connected yet. Press Set up, or paste the addresses below.");
}

function serverCard(server) {
  const { title, connected: isConnected, configured } = server;
  const webhooks = server.last_webhook ? "its webhooks" : "its webhooks (none has come yet)";
  const ways = { webhook: webhooks, stream: "listening", history: "its history" };
  const heard = server.hears.length ? `Heard by ${listed(server.hears.map((ear) => ways[ear]))}.` : "";
  const whence = configured ? ` Its address${isConnected ? " and token come" : " comes"} from the config.` : "";
  return make("li", {},
    make("div", { className: "head" },
      make("h3", { textContent: title }),
      isConnected ? tag(server.unfinished ? "not finished" : "connected", server.unfinished ? "warn" : "good") : "",
      isConnected ? does(make("button", { className: "quiet", textContent: "Disconnect", ariaLabel: `Disconnect ${title}` }),
        () => leaveServer(server)) : ""),
    make("p", { className: "dim", textContent: heard + whence }),
    server.trouble ? make("div", { className: "said" }, sentence("p", server.trouble)) : "");
}

function leaveServer(server) {
  const config = server.configured ? " What the config says of it stays." : "";
  askToLeave(`Disconnect ${server.title}?`,
    `The webhook and the key that scrobbled has made there are taken away, and its login is forgotten here. Plays that were sent stay.${config}`,
    () => disconnectServer(server, false));
}

// Where it can't be taken back there, nothing is forgotten here unless that is wanted all the same.
async function disconnectServer(server, yes) {
  const { kind, name, title } = server;
  $("disconnect-loss").textContent = `Disconnecting ${title} …`;
  let gone;
  try {
    gone = await ask("disconnect", { name: name === kind ? kind : `${kind} ${name}`, yes });
  } catch (error) {
    $("disconnect").close();
    throw error;
  }
  if (gone.trouble && $("disconnect").open) {
    askToLeave(`${title} is not disconnected`, `${gone.trouble}. Nothing was forgotten here. Mend that and try again, or forget it here: `
      + "what scrobbled has made there stays there then.", () => disconnectServer(server, true), "Forget it all the same");
    return;
  }
  $("disconnect").close();
  tell(`${title} is ${gone.trouble ? "not " : ""}disconnected.`);
  tellAll(gone.trouble ? [gone.trouble] : gone.done);
  await refresh();
}
