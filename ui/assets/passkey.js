// Keywright: passkeys. Only the pages that can use one load this file, and each
// has another way without it. Written for old engines too, see keywright.js.
(function () {
  "use strict";

  var P = window.PublicKeyCredential;
  var able = !!(P && navigator.credentials && P.parseRequestOptionsFromJSON && P.parseCreationOptionsFromJSON && P.prototype.toJSON);
  var renewAfter = 4 * 60 * 1000; // a challenge lives five minutes
  var waiting = null; // the request under way; a browser takes one at a time

  // What the server knows of changed or unknown passkeys, told to the browser.
  function tell(signals) {
    if (!P) return;
    for (var i = 0; i < signals.length; i++) {
      if (typeof P[signals[i].method] === "function") P[signals[i].method](signals[i].options).then(null, function () {});
    }
  }

  function ask(verb, options, mediation) {
    if (waiting) waiting.abort();
    var mine = waiting = new AbortController();
    var request = { signal: mine.signal };
    if (mediation) request.mediation = mediation;
    try {
      request.publicKey = verb === "create" ? P.parseCreationOptionsFromJSON(options) : P.parseRequestOptionsFromJSON(options);
    } catch (e) {
      return Promise.reject(e);
    }
    return navigator.credentials[verb](request).then(function (made) {
      return JSON.stringify(made.toJSON());
    }, function (e) {
      throw mine.signal.aborted ? null : e; // null: given up on purpose
    });
  }

  function say(form, what) {
    document.getElementById("passkey-say").textContent = what ? form.getAttribute("data-" + what) || "" : "";
  }

  function trouble(form, e) {
    if (e) say(form, e.name === "NotAllowedError" || e.name === "AbortError" ? "cancelled" : e.name === "InvalidStateError" ? "known" : "failed");
  }

  function busy(button, on) {
    if (on) button.setAttribute("aria-busy", "true"); else button.removeAttribute("aria-busy");
  }

  // A page that is about nothing but a passkey.
  function page(form) {
    var button = form.querySelector("button");
    if (!able) {
      button.disabled = true;
      say(form, "unable");
      return;
    }
    form.addEventListener("submit", function (ev) {
      ev.preventDefault();
      say(form, "");
      busy(button, true);
      ask(form.getAttribute("data-passkey"), JSON.parse(form.getAttribute("data-options"))).then(function (answer) {
        form.elements.credential.value = answer;
        HTMLFormElement.prototype.submit.call(form);
      }, function (e) {
        busy(button, false);
        trouble(form, e);
      });
    });
  }

  // The first page: passkeys among the suggestions of its field, and its button.
  function first(form) {
    var button = document.querySelector("button[value=passkey]");
    var step = null, since = 0, pressed = false;
    if (!able || !window.fetch || !window.AbortController) return;

    function load() {
      return fetch(form.getAttribute("data-autofill"), {
        headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store", redirect: "error"
      }).then(function (r) {
        if (!r.ok) throw new Error(r.status);
        return r.json();
      }).then(function (got) {
        step = got.challenge ? got : null;
        since = Date.now();
        return step;
      });
    }

    function send(answer) {
      var out = document.createElement("form"), fields = step.form.hidden || {};
      out.method = "post";
      out.action = step.form.action;
      fields.credential = answer;
      for (var name in fields) {
        var field = document.createElement("input");
        field.type = "hidden";
        field.name = name;
        field.value = fields[name];
        out.appendChild(field);
      }
      document.body.appendChild(out);
      HTMLFormElement.prototype.submit.call(out);
    }

    function suggest() {
      if (!P.isConditionalMediationAvailable) return;
      P.isConditionalMediationAvailable().then(function (yes) {
        if (yes) return ask("get", step.challenge, "conditional").then(send);
      }).then(null, function () {});
    }

    // A page left open longer than a challenge lives takes a new one.
    function renew() {
      if (!pressed) load().then(suggest).then(null, function () {});
    }

    load().then(suggest).then(null, function () {});
    setInterval(renew, renewAfter);
    document.addEventListener("visibilitychange", function () {
      if (!document.hidden && step && Date.now() - since > renewAfter) renew();
    });
    if (button) button.addEventListener("click", function (ev) {
      if (!step) return; // the page of its own is the other way
      ev.preventDefault();
      say(form, "");
      busy(button, pressed = true);
      ask("get", step.challenge).then(send, function (e) {
        busy(button, pressed = false);
        trouble(form, e);
        suggest();
      });
    });
  }

  var found = document.querySelectorAll("form[data-passkey], form[data-autofill], [data-signal]");
  for (var i = 0; i < found.length; i++) {
    if (found[i].hasAttribute("data-signal")) tell(JSON.parse(found[i].getAttribute("data-signal")));
    if (found[i].hasAttribute("data-passkey")) page(found[i]);
    if (found[i].hasAttribute("data-autofill")) first(found[i]);
  }
})();
