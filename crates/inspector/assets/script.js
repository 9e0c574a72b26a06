// The page is complete without this script. It adds live rows, copying, and protection against double clicks.
"use strict";
(() => {
  // Copying: a button with the text, or with the id of the element that has it.
  for (const button of document.querySelectorAll("[data-copy], [data-copy-from]")) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const from = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
      await navigator.clipboard.writeText(from ? from.textContent : button.dataset.copy);
      const label = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = label; }, 1500);
    });
  }

  // A form that acts is sent once.
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", () => {
      for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
    });
    // A page from the browser's memory can be sent again; the server recognises it.
    addEventListener("pageshow", () => {
      for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = false;
    });
  }

  // A menu closes with Escape, and when something else is used.
  for (const menu of document.querySelectorAll("details.menu")) {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }

  // Live rows.
  const holder = document.querySelector("[data-live]");
  const panel = document.getElementById("live");
  if (!holder || !panel || !window.EventSource) return;
  const control = document.getElementById("live-switch");
  const note = document.getElementById("live-note");
  const body = holder.querySelector("tbody");
  let source = null;
  let last = "";
  let retry = 0;
  let isOn = true;
  let arrived = 0;
  // What came while the reader was busy: rows by their ids, at most one page of them.
  const held = new Map();
  let heldPage = null;

  const say = (text) => { if (note.textContent !== text) note.textContent = text; };
  const parsed = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  };
  const number = (row) => Number(row.id.slice(1));

  // A reader who has scrolled, selects text or is on a row keeps the rows.
  const isBusy = () => {
    const selection = document.getSelection();
    const selects = selection && !selection.isCollapsed && body && body.contains(selection.anchorNode);
    return scrollY > 200 || selects || (body && body.contains(document.activeElement));
  };

  const place = (row) => {
    const old = document.getElementById(row.id);
    if (old) {
      if (old.dataset.version === row.dataset.version) return;
      old.replaceWith(row);
    } else {
      arrived += 1;
      const next = [...body.rows].find((each) => number(each) < number(row));
      body.insertBefore(row, next || null);
    }
    row.classList.add("new");
  };

  const show = () => {
    if (!body) { location.reload(); return; }
    for (const row of held.values()) place(row);
    held.clear();
    if (heldPage) {
      for (const row of [...body.rows]) if (!heldPage.has(row.id)) row.remove();
      const empty = document.querySelector(".panel > .empty");
      if (empty && body.rows.length > 0) empty.remove();
    }
    heldPage = null;
    if (arrived > 0) say(arrived === 1 ? "1 new delivery" : `${arrived} new deliveries`);
  };

  const settle = () => {
    if (held.size === 0 && !heldPage) return;
    if (isBusy()) {
      const fresh = [...held.values()].filter((row) => !document.getElementById(row.id)).length;
      say(`paused: ${fresh} new, ${held.size - fresh} changed`);
    } else {
      show();
    }
  };

  const heard = (event) => { last = event.lastEventId || last; panel.dataset.state = "open"; };
  const open = () => {
    if (source || !isOn || document.hidden) return;
    const url = new URL(holder.dataset.live, location.href);
    if (last) url.searchParams.set("seen", last);
    source = new EventSource(url);
    source.onopen = () => {
      if (panel.dataset.state === "lost") say("connected again");
      panel.dataset.state = "open";
      retry = 0;
    };
    source.addEventListener("row", (event) => {
      heard(event);
      const row = parsed(event.data);
      held.delete(row.id);
      held.set(row.id, row);
    });
    source.addEventListener("page", (event) => {
      heard(event);
      heldPage = new Set(event.data.split(" "));
      for (const id of [...held.keys()]) if (!heldPage.has(id)) held.delete(id);
      settle();
    });
    source.addEventListener("cards", (event) => {
      heard(event);
      const cards = document.getElementById("cards");
      if (cards && !cards.contains(document.activeElement)) cards.replaceWith(parsed(event.data));
    });
    source.onerror = () => {
      panel.dataset.state = "lost";
      say("connection lost, trying again");
      if (source && source.readyState === EventSource.CLOSED) {
        // The server refused, because it is busy or the session is over. Browsers do not try again then.
        close();
        retry = Math.min(retry + 1, 6);
        setTimeout(open, 1000 * 2 ** retry);
      }
    };
  };
  const close = () => {
    if (source) source.close();
    source = null;
  };

  control.addEventListener("click", () => {
    isOn = !isOn;
    control.setAttribute("aria-pressed", String(isOn));
    if (isOn) {
      say("");
      show();
      open();
    } else {
      close();
      say("paused");
    }
  });
  // Browsers allow few connections to a server, so hidden tabs need none.
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else open(); });
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  for (const kind of ["scroll", "focusout", "pointerup", "keyup"]) {
    addEventListener(kind, () => { if (held.size > 0 || heldPage) setTimeout(settle, 50); }, { passive: true });
  }
  panel.hidden = false;
  open();
})();
