// Package galera runs the provider over a cluster of three MariaDB nodes, each
// replica on another node: what the contract of core.Store promises holds across
// nodes, also while one is cut off, stands still or dies.
package galera
