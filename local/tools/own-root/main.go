// Command own-root gives containers a root to come from where this machine is a chroot (a debootstrap folder, a build
// root): runc changes the root of a mount namespace, which in a chroot is not the one that is seen, and what joins a
// container later (kubectl exec, an exec probe) finds itself outside of it.
//
//	own-root where       prints where this process's root is in its mount namespace: `/` unless it is a chroot
//	own-root hold FILE   makes a mount namespace whose root is this process's, writes FILE, and holds it until ended;
//	                     others enter by `nsenter --mount=/proc/PID/ns/mnt`
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

const sysSetns = 308 // linux/amd64; package syscall has no name for it

// A mount namespace, a root and a working directory belong to a thread here; /proc/PID/ns shows the first one's.
func init() { runtime.LockOSThread() }

func main() {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "where":
		err = where()
	case len(os.Args) == 3 && os.Args[1] == "hold":
		err = hold(os.Args[2])
	default:
		err = fmt.Errorf("usage: own-root where | own-root hold FILE")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "own-root:", err)
		os.Exit(1)
	}
}

func where() error {
	if err := syscall.Unshare(syscall.CLONE_FS); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	path, err := leaveChroot()
	if err == nil {
		fmt.Println(path)
	}
	return err
}

func hold(ready string) error {
	file, err := os.Create(ready + ".unfinished") // its folder is out of reach by this path for a while
	if err != nil {
		return err
	}
	defer file.Close()
	if err := syscall.Unshare(syscall.CLONE_FS | syscall.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	path, err := leaveChroot()
	if err != nil {
		return err
	}
	// Nothing that is mounted here is to be seen outside, and a root can be changed only where that is so.
	if err := syscall.Mount("", "/", "", syscall.MS_PRIVATE|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("make / private: %w", err)
	}
	if err := syscall.Mount(path, path, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("bind %s: %w", path, err)
	}
	if err := syscall.Chdir(path); err != nil {
		return fmt.Errorf("enter %s: %w", path, err)
	}
	if err := syscall.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("make %s the root: %w", path, err)
	}
	if err := syscall.Unmount(".", syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("let the old root go: %w", err)
	}
	// As the root of a machine is: volumes that the kubelet mounts have to appear in containers.
	if err := syscall.Mount("", "/", "", syscall.MS_SHARED|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("make / shared: %w", err)
	}
	if err := os.Rename(ready+".unfinished", ready); err != nil {
		return err
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	<-ended
	return nil
}

// leaveChroot makes the mount namespace's root this thread's own and returns where the one before is in it, which becomes
// the working directory. Joining a namespace, even the own one, does that.
func leaveChroot() (string, error) {
	root, err := os.Open("/")
	if err != nil {
		return "", err
	}
	defer root.Close()
	namespace, err := os.Open("/proc/thread-self/ns/mnt")
	if err != nil {
		return "", err
	}
	defer namespace.Close()
	if _, _, errno := syscall.RawSyscall(sysSetns, namespace.Fd(), syscall.CLONE_NEWNS, 0); errno != 0 {
		return "", fmt.Errorf("join the mount namespace: %w", errno)
	}
	if err := syscall.Fchdir(int(root.Fd())); err != nil {
		return "", fmt.Errorf("return to the root: %w", err)
	}
	buffer := make([]byte, 4096)
	length, _, errno := syscall.RawSyscall(syscall.SYS_GETCWD, uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)), 0)
	if errno != 0 {
		return "", fmt.Errorf("find the root: %w", errno)
	}
	path := string(buffer[:length-1])
	if !strings.HasPrefix(path, "/") {
		return "", fmt.Errorf("the root is not in its own mount namespace: %s", path)
	}
	return path, nil
}
