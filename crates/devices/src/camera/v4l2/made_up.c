// A camera in a file, for tests: answers the calls of Video4Linux as the kernel's own header lays them out.
//
// It is loaded before the C library, and the file stands for the memory of the buffers. Pictures are red, as bright as
// the rate that was set: the first is damaged, and after the fifth the camera is unplugged.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BUFFERS 3
#define PADDING 64
#define PAGE 4096

static const unsigned formats[] = {V4L2_PIX_FMT_H264, V4L2_PIX_FMT_YUYV};
static const unsigned sizes[][3] = {{64, 32, 30}, {128, 96, 10}};

static struct v4l2_pix_format set;
static unsigned rate = 1, queued[BUFFERS], waiting, taken, streams;

static size_t room(void) { return (set.sizeimage + PAGE - 1) / PAGE * PAGE; }

// While there is a file beside it.
static int is_busy(void) {
  char path[PATH_MAX];
  const char *camera = getenv("CARILLON_TEST_CAMERA");
  snprintf(path, sizeof path, "%.*s/busy", (int)(strrchr(camera, '/') - camera), camera);
  return access(path, F_OK) == 0;
}

static int enumerate(unsigned long request, void *argument) {
  struct v4l2_fmtdesc *format = argument;
  struct v4l2_frmsizeenum *size = argument;
  struct v4l2_frmivalenum *interval = argument;
  switch (request) {
  case VIDIOC_ENUM_FMT:
    if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || format->index >= 2) return EINVAL;
    format->pixelformat = formats[format->index];
    return 0;
  case VIDIOC_ENUM_FRAMESIZES:
    if (size->pixel_format != V4L2_PIX_FMT_YUYV || size->index >= 2) return EINVAL;
    size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    size->discrete.width = sizes[size->index][0];
    size->discrete.height = sizes[size->index][1];
    return 0;
  default:
    for (int n = 0; n < 2; n++) {
      if (interval->pixel_format == V4L2_PIX_FMT_YUYV && interval->width == sizes[n][0] &&
          interval->height == sizes[n][1] && interval->index == 0) {
        interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
        interval->discrete.numerator = 1;
        interval->discrete.denominator = sizes[n][2];
        return 0;
      }
    }
    return EINVAL;
  }
}

static int configure(unsigned long request, void *argument) {
  struct v4l2_format *format = argument;
  struct v4l2_streamparm *parameters = argument;
  if (is_busy()) return EBUSY;
  if (request == VIDIOC_S_PARM) {
    if (parameters->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return EINVAL;
    rate = parameters->parm.capture.timeperframe.denominator;
    return 0;
  }
  if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return EINVAL;
  set = format->fmt.pix;
  set.bytesperline = set.width * 2 + PADDING;
  set.sizeimage = set.bytesperline * set.height;
  format->fmt.pix = set;
  return 0;
}

static int take(int fd, struct v4l2_buffer *buffer) {
  unsigned char red[] = {rate, 90, rate, 240};
  if (!streams || buffer->memory != V4L2_MEMORY_MMAP) return EINVAL;
  if (taken++ == 5) return ENODEV;
  if (!waiting) return EAGAIN;
  buffer->index = queued[0];
  memmove(queued, queued + 1, --waiting * sizeof *queued);
  for (unsigned at = 0; at < set.sizeimage; at += 4)
    if (pwrite(fd, red, 4, buffer->index * room() + at) != 4) return EIO;
  buffer->bytesused = set.sizeimage;
  buffer->flags = taken == 1 ? V4L2_BUF_FLAG_ERROR : 0;
  return 0;
}

static int stream(int fd, unsigned long request, void *argument) {
  struct v4l2_requestbuffers *wanted = argument;
  struct v4l2_buffer *buffer = argument;
  switch (request) {
  case VIDIOC_REQBUFS:
    if (wanted->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || wanted->memory != V4L2_MEMORY_MMAP)
      return EINVAL;
    wanted->count = BUFFERS;
    return ftruncate(fd, BUFFERS * room()) ? errno : 0;
  case VIDIOC_QUERYBUF:
    if (buffer->index >= BUFFERS) return EINVAL;
    buffer->m.offset = buffer->index * room();
    buffer->length = set.sizeimage;
    return 0;
  case VIDIOC_QBUF:
    if (buffer->memory != V4L2_MEMORY_MMAP || waiting == BUFFERS) return EINVAL;
    queued[waiting++] = buffer->index;
    return 0;
  case VIDIOC_DQBUF:
    return take(fd, buffer);
  default:
    if (*(int *)argument != V4L2_BUF_TYPE_VIDEO_CAPTURE) return EINVAL;
    streams = request == VIDIOC_STREAMON;
    return 0;
  }
}

static int answer(int fd, unsigned long request, void *argument) {
  struct v4l2_capability *capability = argument;
  switch (request) {
  case VIDIOC_QUERYCAP:
    strcpy((char *)capability->card, "Made-up Camera");
    capability->capabilities = V4L2_CAP_DEVICE_CAPS;
    capability->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    return 0;
  case VIDIOC_ENUM_FMT:
  case VIDIOC_ENUM_FRAMESIZES:
  case VIDIOC_ENUM_FRAMEINTERVALS:
    return enumerate(request, argument);
  case VIDIOC_S_FMT:
  case VIDIOC_S_PARM:
    return configure(request, argument);
  case VIDIOC_REQBUFS:
  case VIDIOC_QUERYBUF:
  case VIDIOC_QBUF:
  case VIDIOC_DQBUF:
  case VIDIOC_STREAMON:
  case VIDIOC_STREAMOFF:
    return stream(fd, request, argument);
  default:
    return ENOTTY;
  }
}

int ioctl(int fd, unsigned long request, ...) {
  va_list list;
  va_start(list, request);
  void *argument = va_arg(list, void *);
  va_end(list);
  if (_IOC_TYPE(request) != 'V') {
    int (*next)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    return next(fd, request, argument);
  }
  errno = answer(fd, request, argument);
  return errno ? -1 : 0;
}
