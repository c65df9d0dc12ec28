package bench

// ScaleFindings are those of the bench at scale.
type ScaleFindings struct{}
