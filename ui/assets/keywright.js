// Keywright: copy buttons and the page that posts itself. Every page works
// without this file. Written for old engines too: a script that does not parse
// must never be what stands between a person and a form.
(function () {
  "use strict";

  function each(selector, act) {
    var found = document.querySelectorAll(selector);
    for (var i = 0; i < found.length; i++) act(found[i]);
  }

  // A page left by Back comes from the cache; it must not post itself again.
  each("form[data-autopost]", function (form) {
    var entries = window.performance && performance.getEntriesByType && performance.getEntriesByType("navigation");
    if (entries && entries.length && entries[0].type === "back_forward") return;
    HTMLFormElement.prototype.submit.call(form);
  });

  if (window.print) {
    each("button[data-print]", function (button) {
      button.hidden = false;
      button.addEventListener("click", function () { window.print(); });
    });
  }

  if (navigator.clipboard) {
    each("button[data-copy]", function (button) {
      button.hidden = false;
      button.addEventListener("click", function () {
        var from = document.getElementById(button.getAttribute("data-copy"));
        navigator.clipboard.writeText(from.textContent.trim()).then(function () {
          var label = button.querySelector("[aria-live]");
          var before = label.textContent;
          label.textContent = button.getAttribute("data-done");
          setTimeout(function () { label.textContent = before; }, 2000);
        }, function () {});
      });
    });
  }
})();
