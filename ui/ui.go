package ui

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"

	"github.com/keywright/keywright/core"
)

// Options of New. The zero value is our own pages in every language we have.
type Options struct {
	// Templates replaces templates file by file: "pages/signin.html",
	// "partials/footer.html", "mail/code.html". A page that we do not have is
	// added, for authenticators that bring their own.
	Templates fs.FS
	// Messages holds flat JSON catalogues by language tag. "de.json" replaces
	// single texts of ours; "fr.json" adds a language.
	Messages fs.FS
	// Assets adds files, such as logos, by name: png, jpeg, webp, svg, css, woff2.
	// A Brand names them as they are called here.
	Assets fs.FS
	// DefaultLocale is the language for people who ask for none of ours;
	// empty is "en".
	DefaultLocale string
	// Locales limits the languages that are offered; nil offers all there are.
	Locales []string
}

// UI draws pages and letters. It is safe for many goroutines.
type UI struct {
	languages
	templates templates
	assets    assets
	brands    brandCache
	findings  []string
	buffers   sync.Pool
}

var _ core.Pages = (*UI)(nil)

// New reads and parses everything once. It reports each template, message or
// asset that cannot be used; what can be used but lacks something is for Start.
func New(o Options) (*UI, error) {
	all, findings, messagesErr := loadCatalogues(o.Messages)
	parsed, templatesErr := parseTemplates(o.Templates)
	files, assetsErr := loadAssets(o.Assets)
	if err := errors.Join(messagesErr, templatesErr, assetsErr); err != nil {
		return nil, err
	}
	langs, err := newLanguages(all, o.DefaultLocale, o.Locales)
	if err != nil {
		return nil, err
	}
	return &UI{languages: langs, templates: parsed, assets: files, findings: findings}, nil
}

// Start checks replaced templates by drawing them: what a page must hold and
// does not is an error that names the file. Messages that are missing are
// logged, since English stands in for them.
func (u *UI) Start(t core.Tools) error {
	log := t.Logger
	if log == nil {
		log = slog.Default()
	}
	for _, finding := range u.findings {
		log.LogAttrs(context.Background(), slog.LevelWarn, "pages: "+finding)
	}
	return u.checkOverlay()
}

// Findings lists what the catalogues lack, as Start logs it.
func (u *UI) Findings() []string { return u.findings }

// Locales lists the language tags that pages can be drawn in, default first.
func (u *UI) Locales() []string { return u.names() }
