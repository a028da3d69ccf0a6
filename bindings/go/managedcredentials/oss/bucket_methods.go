package oss

import (
	"io"
	"net/http"
	"time"

	osssdk "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// The methods of the SDK's bucket, each repeated with the next key where its key was refused. A test compares the list with
// the SDK's.

func (bucket ProxyBucket) PutObject(objectKey string, reader io.Reader, options ...osssdk.Option) error {
	return upload(bucket.keys, reader, func() error { return bucket.Bucket.PutObject(objectKey, reader, options...) })
}

func (bucket ProxyBucket) PutObjectFromFile(objectKey, filePath string, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.PutObjectFromFile(objectKey, filePath, options...) })
}

func (bucket ProxyBucket) DoPutObject(request *osssdk.PutObjectRequest, options []osssdk.Option) (*osssdk.Response, error) {
	return uploaded(bucket.keys, request.Reader, func() (*osssdk.Response, error) { return bucket.Bucket.DoPutObject(request, options) })
}

func (bucket ProxyBucket) GetObject(objectKey string, options ...osssdk.Option) (io.ReadCloser, error) {
	return again(bucket.keys, func() (io.ReadCloser, error) { return bucket.Bucket.GetObject(objectKey, options...) })
}

func (bucket ProxyBucket) GetObjectToFile(objectKey, filePath string, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.GetObjectToFile(objectKey, filePath, options...) })
}

func (bucket ProxyBucket) DoGetObject(request *osssdk.GetObjectRequest, options []osssdk.Option) (*osssdk.GetObjectResult, error) {
	return again(bucket.keys, func() (*osssdk.GetObjectResult, error) { return bucket.Bucket.DoGetObject(request, options) })
}

func (bucket ProxyBucket) CopyObject(srcObjectKey, destObjectKey string, options ...osssdk.Option) (osssdk.CopyObjectResult, error) {
	return again(bucket.keys, func() (osssdk.CopyObjectResult, error) {
		return bucket.Bucket.CopyObject(srcObjectKey, destObjectKey, options...)
	})
}

func (bucket ProxyBucket) CopyObjectTo(destBucketName, destObjectKey, srcObjectKey string, options ...osssdk.Option) (osssdk.CopyObjectResult, error) {
	return again(bucket.keys, func() (osssdk.CopyObjectResult, error) {
		return bucket.Bucket.CopyObjectTo(destBucketName, destObjectKey, srcObjectKey, options...)
	})
}

func (bucket ProxyBucket) CopyObjectFrom(srcBucketName, srcObjectKey, destObjectKey string, options ...osssdk.Option) (osssdk.CopyObjectResult, error) {
	return again(bucket.keys, func() (osssdk.CopyObjectResult, error) {
		return bucket.Bucket.CopyObjectFrom(srcBucketName, srcObjectKey, destObjectKey, options...)
	})
}

func (bucket ProxyBucket) AppendObject(objectKey string, reader io.Reader, appendPosition int64, options ...osssdk.Option) (int64, error) {
	return uploaded(bucket.keys, reader, func() (int64, error) {
		return bucket.Bucket.AppendObject(objectKey, reader, appendPosition, options...)
	})
}

func (bucket ProxyBucket) DoAppendObject(request *osssdk.AppendObjectRequest, options []osssdk.Option) (*osssdk.AppendObjectResult, error) {
	return uploaded(bucket.keys, request.Reader, func() (*osssdk.AppendObjectResult, error) { return bucket.Bucket.DoAppendObject(request, options) })
}

func (bucket ProxyBucket) DeleteObject(objectKey string, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.DeleteObject(objectKey, options...) })
}

func (bucket ProxyBucket) DeleteObjects(objectKeys []string, options ...osssdk.Option) (osssdk.DeleteObjectsResult, error) {
	return again(bucket.keys, func() (osssdk.DeleteObjectsResult, error) { return bucket.Bucket.DeleteObjects(objectKeys, options...) })
}

func (bucket ProxyBucket) DeleteObjectVersions(objectVersions []osssdk.DeleteObject, options ...osssdk.Option) (osssdk.DeleteObjectVersionsResult, error) {
	return again(bucket.keys, func() (osssdk.DeleteObjectVersionsResult, error) {
		return bucket.Bucket.DeleteObjectVersions(objectVersions, options...)
	})
}

func (bucket ProxyBucket) DeleteMultipleObjectsXml(xmlData string, options ...osssdk.Option) (string, error) {
	return again(bucket.keys, func() (string, error) { return bucket.Bucket.DeleteMultipleObjectsXml(xmlData, options...) })
}

func (bucket ProxyBucket) IsObjectExist(objectKey string, options ...osssdk.Option) (bool, error) {
	return again(bucket.keys, func() (bool, error) { return bucket.Bucket.IsObjectExist(objectKey, options...) })
}

func (bucket ProxyBucket) ListObjects(options ...osssdk.Option) (osssdk.ListObjectsResult, error) {
	return again(bucket.keys, func() (osssdk.ListObjectsResult, error) { return bucket.Bucket.ListObjects(options...) })
}

func (bucket ProxyBucket) ListObjectsV2(options ...osssdk.Option) (osssdk.ListObjectsResultV2, error) {
	return again(bucket.keys, func() (osssdk.ListObjectsResultV2, error) { return bucket.Bucket.ListObjectsV2(options...) })
}

func (bucket ProxyBucket) ListObjectVersions(options ...osssdk.Option) (osssdk.ListObjectVersionsResult, error) {
	return again(bucket.keys, func() (osssdk.ListObjectVersionsResult, error) { return bucket.Bucket.ListObjectVersions(options...) })
}

func (bucket ProxyBucket) SetObjectMeta(objectKey string, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.SetObjectMeta(objectKey, options...) })
}

func (bucket ProxyBucket) GetObjectDetailedMeta(objectKey string, options ...osssdk.Option) (http.Header, error) {
	return again(bucket.keys, func() (http.Header, error) { return bucket.Bucket.GetObjectDetailedMeta(objectKey, options...) })
}

func (bucket ProxyBucket) GetObjectMeta(objectKey string, options ...osssdk.Option) (http.Header, error) {
	return again(bucket.keys, func() (http.Header, error) { return bucket.Bucket.GetObjectMeta(objectKey, options...) })
}

func (bucket ProxyBucket) SetObjectACL(objectKey string, objectACL osssdk.ACLType, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.SetObjectACL(objectKey, objectACL, options...) })
}

func (bucket ProxyBucket) GetObjectACL(objectKey string, options ...osssdk.Option) (osssdk.GetObjectACLResult, error) {
	return again(bucket.keys, func() (osssdk.GetObjectACLResult, error) { return bucket.Bucket.GetObjectACL(objectKey, options...) })
}

func (bucket ProxyBucket) PutSymlink(symObjectKey string, targetObjectKey string, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.PutSymlink(symObjectKey, targetObjectKey, options...) })
}

func (bucket ProxyBucket) GetSymlink(objectKey string, options ...osssdk.Option) (http.Header, error) {
	return again(bucket.keys, func() (http.Header, error) { return bucket.Bucket.GetSymlink(objectKey, options...) })
}

func (bucket ProxyBucket) RestoreObject(objectKey string, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.RestoreObject(objectKey, options...) })
}

func (bucket ProxyBucket) RestoreObjectDetail(objectKey string, restoreConfig osssdk.RestoreConfiguration, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.RestoreObjectDetail(objectKey, restoreConfig, options...) })
}

func (bucket ProxyBucket) RestoreObjectXML(objectKey, configXML string, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.RestoreObjectXML(objectKey, configXML, options...) })
}

func (bucket ProxyBucket) ProcessObject(objectKey string, process string, options ...osssdk.Option) (osssdk.ProcessObjectResult, error) {
	return again(bucket.keys, func() (osssdk.ProcessObjectResult, error) {
		return bucket.Bucket.ProcessObject(objectKey, process, options...)
	})
}

func (bucket ProxyBucket) AsyncProcessObject(objectKey string, asyncProcess string, options ...osssdk.Option) (osssdk.AsyncProcessObjectResult, error) {
	return again(bucket.keys, func() (osssdk.AsyncProcessObjectResult, error) {
		return bucket.Bucket.AsyncProcessObject(objectKey, asyncProcess, options...)
	})
}

func (bucket ProxyBucket) PutObjectTagging(objectKey string, tagging osssdk.Tagging, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.PutObjectTagging(objectKey, tagging, options...) })
}

func (bucket ProxyBucket) GetObjectTagging(objectKey string, options ...osssdk.Option) (osssdk.GetObjectTaggingResult, error) {
	return again(bucket.keys, func() (osssdk.GetObjectTaggingResult, error) {
		return bucket.Bucket.GetObjectTagging(objectKey, options...)
	})
}

func (bucket ProxyBucket) DeleteObjectTagging(objectKey string, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.DeleteObjectTagging(objectKey, options...) })
}

func (bucket ProxyBucket) OptionsMethod(objectKey string, options ...osssdk.Option) (http.Header, error) {
	return again(bucket.keys, func() (http.Header, error) { return bucket.Bucket.OptionsMethod(objectKey, options...) })
}

func (bucket ProxyBucket) Do(method, objectName string, params map[string]interface{}, options []osssdk.Option, data io.Reader, listener osssdk.ProgressListener) (*osssdk.Response, error) {
	return uploaded(bucket.keys, data, func() (*osssdk.Response, error) {
		return bucket.Bucket.Do(method, objectName, params, options, data, listener)
	})
}

func (bucket ProxyBucket) DownloadFile(objectKey, filePath string, partSize int64, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.DownloadFile(objectKey, filePath, partSize, options...) })
}

func (bucket ProxyBucket) CreateLiveChannel(channelName string, config osssdk.LiveChannelConfiguration) (osssdk.CreateLiveChannelResult, error) {
	return again(bucket.keys, func() (osssdk.CreateLiveChannelResult, error) {
		return bucket.Bucket.CreateLiveChannel(channelName, config)
	})
}

func (bucket ProxyBucket) PutLiveChannelStatus(channelName, status string) error {
	return run(bucket.keys, func() error { return bucket.Bucket.PutLiveChannelStatus(channelName, status) })
}

func (bucket ProxyBucket) PostVodPlaylist(channelName, playlistName string, startTime, endTime time.Time) error {
	return run(bucket.keys, func() error { return bucket.Bucket.PostVodPlaylist(channelName, playlistName, startTime, endTime) })
}

func (bucket ProxyBucket) GetVodPlaylist(channelName string, startTime, endTime time.Time) (io.ReadCloser, error) {
	return again(bucket.keys, func() (io.ReadCloser, error) { return bucket.Bucket.GetVodPlaylist(channelName, startTime, endTime) })
}

func (bucket ProxyBucket) GetLiveChannelStat(channelName string) (osssdk.LiveChannelStat, error) {
	return again(bucket.keys, func() (osssdk.LiveChannelStat, error) { return bucket.Bucket.GetLiveChannelStat(channelName) })
}

func (bucket ProxyBucket) GetLiveChannelInfo(channelName string) (osssdk.LiveChannelConfiguration, error) {
	return again(bucket.keys, func() (osssdk.LiveChannelConfiguration, error) { return bucket.Bucket.GetLiveChannelInfo(channelName) })
}

func (bucket ProxyBucket) GetLiveChannelHistory(channelName string) (osssdk.LiveChannelHistory, error) {
	return again(bucket.keys, func() (osssdk.LiveChannelHistory, error) { return bucket.Bucket.GetLiveChannelHistory(channelName) })
}

func (bucket ProxyBucket) ListLiveChannel(options ...osssdk.Option) (osssdk.ListLiveChannelResult, error) {
	return again(bucket.keys, func() (osssdk.ListLiveChannelResult, error) { return bucket.Bucket.ListLiveChannel(options...) })
}

func (bucket ProxyBucket) DeleteLiveChannel(channelName string) error {
	return run(bucket.keys, func() error { return bucket.Bucket.DeleteLiveChannel(channelName) })
}

func (bucket ProxyBucket) CopyFile(srcBucketName, srcObjectKey, destObjectKey string, partSize int64, options ...osssdk.Option) error {
	return run(bucket.keys, func() error {
		return bucket.Bucket.CopyFile(srcBucketName, srcObjectKey, destObjectKey, partSize, options...)
	})
}

func (bucket ProxyBucket) InitiateMultipartUpload(objectKey string, options ...osssdk.Option) (osssdk.InitiateMultipartUploadResult, error) {
	return again(bucket.keys, func() (osssdk.InitiateMultipartUploadResult, error) {
		return bucket.Bucket.InitiateMultipartUpload(objectKey, options...)
	})
}

func (bucket ProxyBucket) UploadPart(imur osssdk.InitiateMultipartUploadResult, reader io.Reader, partSize int64, partNumber int, options ...osssdk.Option) (osssdk.UploadPart, error) {
	return uploaded(bucket.keys, reader, func() (osssdk.UploadPart, error) {
		return bucket.Bucket.UploadPart(imur, reader, partSize, partNumber, options...)
	})
}

func (bucket ProxyBucket) UploadPartFromFile(imur osssdk.InitiateMultipartUploadResult, filePath string, startPosition, partSize int64, partNumber int, options ...osssdk.Option) (osssdk.UploadPart, error) {
	return again(bucket.keys, func() (osssdk.UploadPart, error) {
		return bucket.Bucket.UploadPartFromFile(imur, filePath, startPosition, partSize, partNumber, options...)
	})
}

func (bucket ProxyBucket) DoUploadPart(request *osssdk.UploadPartRequest, options []osssdk.Option) (*osssdk.UploadPartResult, error) {
	return uploaded(bucket.keys, request.Reader, func() (*osssdk.UploadPartResult, error) { return bucket.Bucket.DoUploadPart(request, options) })
}

func (bucket ProxyBucket) UploadPartCopy(imur osssdk.InitiateMultipartUploadResult, srcBucketName, srcObjectKey string, startPosition, partSize int64, partNumber int, options ...osssdk.Option) (osssdk.UploadPart, error) {
	return again(bucket.keys, func() (osssdk.UploadPart, error) {
		return bucket.Bucket.UploadPartCopy(imur, srcBucketName, srcObjectKey, startPosition, partSize, partNumber, options...)
	})
}

func (bucket ProxyBucket) CompleteMultipartUpload(imur osssdk.InitiateMultipartUploadResult, parts []osssdk.UploadPart, options ...osssdk.Option) (osssdk.CompleteMultipartUploadResult, error) {
	return again(bucket.keys, func() (osssdk.CompleteMultipartUploadResult, error) {
		return bucket.Bucket.CompleteMultipartUpload(imur, parts, options...)
	})
}

func (bucket ProxyBucket) AbortMultipartUpload(imur osssdk.InitiateMultipartUploadResult, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.AbortMultipartUpload(imur, options...) })
}

func (bucket ProxyBucket) ListUploadedParts(imur osssdk.InitiateMultipartUploadResult, options ...osssdk.Option) (osssdk.ListUploadedPartsResult, error) {
	return again(bucket.keys, func() (osssdk.ListUploadedPartsResult, error) {
		return bucket.Bucket.ListUploadedParts(imur, options...)
	})
}

func (bucket ProxyBucket) ListMultipartUploads(options ...osssdk.Option) (osssdk.ListMultipartUploadResult, error) {
	return again(bucket.keys, func() (osssdk.ListMultipartUploadResult, error) {
		return bucket.Bucket.ListMultipartUploads(options...)
	})
}

func (bucket ProxyBucket) CreateSelectCsvObjectMeta(key string, csvMeta osssdk.CsvMetaRequest, options ...osssdk.Option) (osssdk.MetaEndFrameCSV, error) {
	return again(bucket.keys, func() (osssdk.MetaEndFrameCSV, error) {
		return bucket.Bucket.CreateSelectCsvObjectMeta(key, csvMeta, options...)
	})
}

func (bucket ProxyBucket) CreateSelectJsonObjectMeta(key string, jsonMeta osssdk.JsonMetaRequest, options ...osssdk.Option) (osssdk.MetaEndFrameJSON, error) {
	return again(bucket.keys, func() (osssdk.MetaEndFrameJSON, error) {
		return bucket.Bucket.CreateSelectJsonObjectMeta(key, jsonMeta, options...)
	})
}

func (bucket ProxyBucket) SelectObject(key string, selectReq osssdk.SelectRequest, options ...osssdk.Option) (io.ReadCloser, error) {
	return again(bucket.keys, func() (io.ReadCloser, error) { return bucket.Bucket.SelectObject(key, selectReq, options...) })
}

func (bucket ProxyBucket) SelectObjectIntoFile(key, fileName string, selectReq osssdk.SelectRequest, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.SelectObjectIntoFile(key, fileName, selectReq, options...) })
}

func (bucket ProxyBucket) UploadFile(objectKey, filePath string, partSize int64, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.UploadFile(objectKey, filePath, partSize, options...) })
}
